import CryptoKit
import Foundation

/// What the bridge seals to: a P-256 key pair and a secret, RFC 8291 2.1.
struct DeviceKeys {
  static let authLength = 16
  private static let scalarLength = 32

  let privateKey: P256.KeyAgreement.PrivateKey
  let auth: Data

  init() {
    privateKey = P256.KeyAgreement.PrivateKey()
    var generator = SystemRandomNumberGenerator()
    auth = Data(
      (0..<Self.authLength).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }

  /// What `data` gave; nil if it is nothing of that kind.
  init?(data: Data) {
    let bytes = Data(data)
    guard bytes.count == Self.scalarLength + Self.authLength,
      let key = try? P256.KeyAgreement.PrivateKey(
        rawRepresentation: bytes.prefix(Self.scalarLength))
    else { return nil }
    privateKey = key
    auth = Data(bytes.suffix(Self.authLength))
  }

  /// What a keychain keeps; secret.
  var data: Data { privateKey.rawRepresentation + auth }

  /// The public key, uncompressed, 65 bytes.
  var point: Data { privateKey.publicKey.x963Representation }

  /// "encrypt" of a registration.
  var registration: [String: String] {
    ["p256dh": Base64URL.encode(point), "auth": Base64URL.encode(auth)]
  }
}
