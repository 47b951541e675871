import Foundation

/// RFC 4648 5, without padding.
enum Base64URL {
  static func encode(_ data: Data) -> String {
    data.base64EncodedString()
      .replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }

  /// nil: not the text form of anything.
  static func decode(_ text: String) -> Data? {
    guard text.isToken(max: .max) else { return nil }
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    let plain =
      text
      .replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    // What its last character says beyond the last byte must be nothing.
    return Data(base64Encoded: plain + padding).flatMap { encode($0) == text ? $0 : nil }
  }
}

extension String {
  /// Whether it has what no name has: line ends, tabs, escapes.
  var hasControls: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }

  /// 1 to `max` of A-Z, a-z, 0-9, "_" and "-".
  func isToken(max: Int) -> Bool {
    let isOne: (UInt8) -> Bool = { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        return true
      default:
        return false
      }
    }
    return !isEmpty && utf8.count <= max && utf8.allSatisfy(isOne)
  }
}
