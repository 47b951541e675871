// For the app and its extension.
import Foundation
import Security

/// Keeps this device's keys in the keychain group that the app and its extension
/// share. Readable from the first unlock after a start on, because notifications
/// come while the phone is locked; never part of a backup.
struct KeyVault {
  private let item: KeychainItem

  /// `group`: "$(AppIdentifierPrefix)group", as in both entitlements.
  init(group: String) { item = KeychainItem(account: "keys", group: group) }

  /// The keys, or nil: the app has not made any yet.
  /// Throws: `Unreadable` while the phone has not been unlocked since it started.
  func read() throws -> DeviceKeys? {
    guard let data = try item.read() else { return nil }
    guard let keys = DeviceKeys(data: data) else {
      throw Unreadable(why: "the keys in the keychain")
    }
    return keys
  }

  /// The keys; new ones if there are none. For the app alone.
  /// Throws: `Unreadable`.
  func readOrMake() throws -> DeviceKeys {
    if let keys = try read() { return keys }
    let keys = DeviceKeys()
    try item.add(keys.data, accessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly)
    return keys
  }
}

/// Keeps what signs answers, for the app alone. Readable on an unlocked phone only:
/// who holds a locked one may not let an agent do things. Never part of a backup.
struct ReplyVault {
  private let item = KeychainItem(account: "reply-key", group: nil)

  /// nil: no pairing text had one.
  /// Throws: `Unreadable` while the phone is locked.
  func read() throws -> ReplyKey? {
    guard let data = try item.read() else { return nil }
    guard let key = ReplyKey(data: data) else { throw Unreadable(why: "the key in the keychain") }
    return key
  }

  /// Also on a locked phone.
  var hasKey: Bool { item.isThere }

  /// In place of what was there; nil: nothing any more.
  /// Throws: `Unreadable`.
  func keep(_ key: ReplyKey?) throws {
    try item.remove()
    guard let key = key else { return }
    try item.add(key.data, accessible: kSecAttrAccessibleWhenUnlockedThisDeviceOnly)
  }
}

private struct KeychainItem {
  let account: String
  /// nil: the app's own.
  let group: String?

  var isThere: Bool {
    let status = SecItemCopyMatching(place as CFDictionary, nil)
    return status == errSecSuccess || status == errSecInteractionNotAllowed
  }

  func read() throws -> Data? {
    var query = place
    query[kSecReturnData as String] = true
    var found: CFTypeRef?
    let status = SecItemCopyMatching(query as CFDictionary, &found)
    if status == errSecItemNotFound { return nil }
    try check(status)
    return found as? Data
  }

  func add(_ data: Data, accessible: CFString) throws {
    var item = place
    item[kSecValueData as String] = data
    item[kSecAttrAccessible as String] = accessible
    try check(SecItemAdd(item as CFDictionary, nil))
  }

  func remove() throws {
    let status = SecItemDelete(place as CFDictionary)
    if status != errSecItemNotFound { try check(status) }
  }

  private func check(_ status: OSStatus) throws {
    guard status == errSecSuccess else { throw Unreadable(why: "the keychain answers \(status)") }
  }

  private var place: [String: Any] {
    var place: [String: Any] = [
      kSecClass as String: kSecClassGenericPassword,
      kSecAttrService as String: "nudge",
      kSecAttrAccount as String: account,
    ]
    if let group = group { place[kSecAttrAccessGroup as String] = group }
    return place
  }
}
