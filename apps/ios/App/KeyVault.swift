// For the app and its extension.
import Foundation
import Security

/// Keeps this device's keys in the keychain group that the app and its extension
/// share. Readable from the first unlock after a start on, because notifications
/// come while the phone is locked; never part of a backup.
struct KeyVault {
  /// "$(AppIdentifierPrefix)group", as in both entitlements.
  let group: String

  /// The keys, or nil: the app has not made any yet.
  /// Throws: `Unreadable` while the phone has not been unlocked since it started.
  func read() throws -> DeviceKeys? {
    var query = place
    query[kSecReturnData as String] = true
    var found: CFTypeRef?
    let status = SecItemCopyMatching(query as CFDictionary, &found)
    if status == errSecItemNotFound { return nil }
    guard status == errSecSuccess, let data = found as? Data, let keys = DeviceKeys(data: data)
    else { throw Unreadable(why: "the keychain answers \(status)") }
    return keys
  }

  /// The keys; new ones if there are none. For the app alone.
  /// Throws: `Unreadable`.
  func readOrMake() throws -> DeviceKeys {
    if let keys = try read() { return keys }
    let keys = DeviceKeys()
    var item = place
    item[kSecValueData as String] = keys.data
    item[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
    let status = SecItemAdd(item as CFDictionary, nil)
    guard status == errSecSuccess else { throw Unreadable(why: "the keychain answers \(status)") }
    return keys
  }

  private var place: [String: Any] {
    [
      kSecClass as String: kSecClassGenericPassword,
      kSecAttrService as String: "nudge",
      kSecAttrAccount as String: "keys",
      kSecAttrAccessGroup as String: group,
    ]
  }
}
