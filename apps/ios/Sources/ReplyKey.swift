import CryptoKit
import Foundation

/// Signs a person's answers: who has it may let agents do things.
///
/// Source: HMAC, RFC 2104, with SHA-256.
struct ReplyKey {
  static let length = 32

  /// What a keychain keeps; secret.
  let data: Data

  /// nil: of another length.
  init?(data: Data) {
    guard data.count == Self.length else { return nil }
    self.data = data
  }

  /// base64url, as the pairing text has it; nil: nothing of that kind.
  init?(text: String) {
    guard let data = Base64URL.decode(text) else { return nil }
    self.init(data: data)
  }

  /// The code of `text`, base64url.
  func code(of text: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Data(text.utf8), using: SymmetricKey(data: data))
    return Base64URL.encode(Data(code))
  }
}
