// For tests on Linux: as much of Apple's CryptoKit as Sources/ use, over OpenSSL.
// It knows no constant time and wipes nothing: not for an app.
import Crypto
import Foundation

public enum CryptoKitError: Error {
  case incorrectParameterSize
  case authenticationFailure
}

public struct SymmetricKey: Sendable {
  let bytes: Data

  public init(data: Data) { bytes = Data(data) }

  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try bytes.withUnsafeBytes(body)
  }
}

/// Names the one hash there is.
public enum SHA256: Sendable {}

/// RFC 2104, with SHA-256.
public enum HMAC<H> {
  public static func authenticationCode(for data: Data, using key: SymmetricKey) -> Data {
    let key = [UInt8](key.bytes)
    let text = [UInt8](data)
    var code = [UInt8](repeating: 0, count: 32)
    precondition(
      Crypto.HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &code, nil) != nil)
    return Data(code)
  }
}

/// RFC 5869, with SHA-256.
public enum HKDF<H> {
  public static func deriveKey(
    inputKeyMaterial: SymmetricKey, salt: Data, info: Data, outputByteCount: Int
  ) -> SymmetricKey {
    func hmac(_ key: Data, _ text: Data) -> Data {
      HMAC<H>.authenticationCode(for: text, using: SymmetricKey(data: key))
    }
    let root = hmac(salt, inputKeyMaterial.bytes)
    var block = Data()
    var output = Data()
    var number: UInt8 = 1
    while output.count < outputByteCount {
      block = hmac(root, block + info + [number])
      output += block
      number += 1
    }
    return SymmetricKey(data: output.prefix(outputByteCount))
  }
}

public struct SharedSecret {
  let bytes: Data

  public func hkdfDerivedSymmetricKey(
    using: SHA256.Type, salt: Data, sharedInfo: Data, outputByteCount: Int
  ) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: bytes), salt: salt, info: sharedInfo,
      outputByteCount: outputByteCount)
  }
}

public enum AES {
  /// With keys of 128 bits and nonces of 96, as RFC 8188 has them.
  public enum GCM {
    static let tagLength = 16

    public struct Nonce {
      let bytes: [UInt8]

      public init(data: Data) throws {
        guard data.count == 12 else { throw CryptoKitError.incorrectParameterSize }
        bytes = [UInt8](data)
      }
    }

    public struct SealedBox {
      let nonce: Nonce
      let sealed: [UInt8]
      var tag: [UInt8]

      public init(nonce: Nonce, ciphertext: Data, tag: Data) throws {
        guard tag.count == tagLength else { throw CryptoKitError.incorrectParameterSize }
        self.nonce = nonce
        sealed = [UInt8](ciphertext)
        self.tag = [UInt8](tag)
      }
    }

    public static func open(_ box: SealedBox, using key: SymmetricKey) throws -> Data {
      guard key.bytes.count == 16 else { throw CryptoKitError.incorrectParameterSize }
      let context = EVP_CIPHER_CTX_new()
      defer { EVP_CIPHER_CTX_free(context) }
      var tag = box.tag
      var clear = [UInt8](repeating: 0, count: box.sealed.count + tagLength)
      var (length, rest): (Int32, Int32) = (0, 0)
      let isRight =
        EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), nil, [UInt8](key.bytes), box.nonce.bytes)
        == 1
        && EVP_DecryptUpdate(context, &clear, &length, box.sealed, Int32(box.sealed.count)) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1
        && EVP_DecryptFinal_ex(context, &clear[Int(length)], &rest) == 1
      guard isRight else { throw CryptoKitError.authenticationFailure }
      return Data(clear.prefix(Int(length + rest)))
    }
  }
}
