// For tests on Linux: a keychain in memory, with as much of Apple's Security as is called.
import Foundation

public typealias CFTypeRef = Any
public typealias CFString = String
public typealias CFDictionary = [String: Any]
public typealias OSStatus = Int32

public let errSecSuccess: OSStatus = 0
public let errSecDuplicateItem: OSStatus = -25299
public let errSecItemNotFound: OSStatus = -25300
public let errSecInteractionNotAllowed: OSStatus = -25308

public let kSecClass = "class"
public let kSecClassGenericPassword = "genp"
public let kSecAttrService = "svce"
public let kSecAttrAccount = "acct"
public let kSecAttrAccessGroup = "agrp"
public let kSecAttrAccessible = "pdmn"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly = "cku"
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly = "aku"
public let kSecReturnData = "r_Data"
public let kSecValueData = "v_Data"

/// What the stand-in's person does with the phone.
@MainActor
public enum Phone {
  nonisolated(unsafe) fileprivate static var items: [[String: Any]] = []
  nonisolated(unsafe) fileprivate static var isLocked = false

  public static func lock(_ isLocked: Bool) { self.isLocked = isLocked }

  public static func forget() { items = [] }

  /// The class of protection of each item, by its account.
  public static var protection: [String: String] {
    Dictionary(
      uniqueKeysWithValues: items.compactMap { item in
        (item[kSecAttrAccount] as? String).map { ($0, item[kSecAttrAccessible] as? String ?? "") }
      })
  }
}

private func isOne(_ item: [String: Any], of query: CFDictionary) -> Bool {
  [kSecClass, kSecAttrService, kSecAttrAccount, kSecAttrAccessGroup].allSatisfy { name in
    query[name] == nil || query[name] as? String == item[name] as? String
  }
}

public func SecItemCopyMatching(_ query: CFDictionary, _ found: UnsafeMutablePointer<CFTypeRef?>?)
  -> OSStatus
{
  guard let item = Phone.items.first(where: { isOne($0, of: query) }) else {
    return errSecItemNotFound
  }
  guard query[kSecReturnData] as? Bool == true else { return errSecSuccess }
  let isOpen =
    item[kSecAttrAccessible] as? String == kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
  if Phone.isLocked && !isOpen { return errSecInteractionNotAllowed }
  found?.pointee = item[kSecValueData]
  return errSecSuccess
}

public func SecItemAdd(_ item: CFDictionary, _ added: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus
{
  if Phone.items.contains(where: { isOne($0, of: item) }) { return errSecDuplicateItem }
  Phone.items.append(item)
  return errSecSuccess
}

public func SecItemDelete(_ query: CFDictionary) -> OSStatus {
  let before = Phone.items.count
  Phone.items.removeAll { isOne($0, of: query) }
  return Phone.items.count == before ? errSecItemNotFound : errSecSuccess
}
