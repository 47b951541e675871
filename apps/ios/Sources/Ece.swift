import CryptoKit
import Foundation

/// What came is not for this device, was damaged, or is none of ours.
struct Unreadable: Error {
  let why: String
}

/// Opens what the bridge sealed to this device.
///
/// Source: RFC 8291 (keys), RFC 8188 (aes128gcm). One record, as RFC 8291 4 asks.
enum Ece {
  static let bodyMax = 4096  // bytes; no push service carries more

  private static let saltLength = 16
  private static let pointLength = 65
  private static let headerLength = 16 + 4 + 1 + 65
  private static let tagLength = 16
  private static let lastRecord: UInt8 = 2  // the delimiter before the padding

  /// The text of `body`.
  /// Throws: `Unreadable`, whatever is wrong with it.
  static func open(_ body: Data, keys: DeviceKeys) throws -> Data {
    let bytes = [UInt8](body)
    guard bytes.count > headerLength + tagLength, bytes.count <= bodyMax else {
      throw Unreadable(why: "its length")
    }
    let salt = bytes[0..<saltLength]
    let recordLength = bytes[saltLength..<saltLength + 4].reduce(0) { $0 << 8 | Int($1) }
    guard Int(bytes[saltLength + 4]) == pointLength else { throw Unreadable(why: "its header") }
    let sealed = bytes[headerLength...]
    guard sealed.count <= recordLength else { throw Unreadable(why: "more than one record") }
    let point = Data(bytes[headerLength - pointLength..<headerLength])
    let input = try inputKey(keys, theirs: point)
    return try text(of: unseal(sealed, salt: Data(salt), input: input))
  }

  /// RFC 8291 3.4: what both sides know. CryptoKit takes no point off the curve.
  private static func inputKey(_ keys: DeviceKeys, theirs point: Data) throws -> SymmetricKey {
    guard point.first == 4,
      let theirs = try? P256.KeyAgreement.PublicKey(x963Representation: point),
      let shared = try? keys.privateKey.sharedSecretFromKeyAgreement(with: theirs)
    else { throw Unreadable(why: "its key") }
    return shared.hkdfDerivedSymmetricKey(
      using: SHA256.self,
      salt: keys.auth,
      sharedInfo: Data("WebPush: info\0".utf8) + keys.point + point,
      outputByteCount: 32
    )
  }

  /// RFC 8188 2.2, 2.3, for the first record.
  private static func unseal(_ sealed: ArraySlice<UInt8>, salt: Data, input: SymmetricKey) throws
    -> [UInt8]
  {
    func derive(_ name: String, _ length: Int) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: input,
        salt: salt,
        info: Data("Content-Encoding: \(name)\0".utf8),
        outputByteCount: length
      )
    }
    let nonce = derive("nonce", 12).withUnsafeBytes { Data($0) }
    guard
      let box = try? AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: nonce),
        ciphertext: Data(sealed.dropLast(tagLength)),
        tag: Data(sealed.suffix(tagLength))
      ),
      let clear = try? AES.GCM.open(box, using: derive("aes128gcm", 16))
    else { throw Unreadable(why: "sealed to other keys, or damaged") }
    return [UInt8](clear)
  }

  private static func text(of clear: [UInt8]) throws -> Data {
    guard let end = clear.lastIndex(where: { $0 != 0 }), clear[end] == lastRecord else {
      throw Unreadable(why: "its padding")
    }
    return Data(clear[..<end])
  }
}
