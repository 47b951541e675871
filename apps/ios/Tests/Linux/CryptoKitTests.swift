import CryptoKit
import XCTest

/// The stand-in of Linux itself, held to what others published.
final class CryptoKitTests: XCTestCase {
  private func bytes(_ hex: String) -> Data {
    let digits = Array(hex)
    return Data(
      stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(digits[$0...$0 + 1]), radix: 16)!
      })
  }

  private func bytes(_ key: SymmetricKey) -> Data { key.withUnsafeBytes { Data($0) } }

  /// RFC 4231 4.2, 4.3, 4.7.
  func testHMAC() {
    func hmac(_ key: Data, _ text: String) -> Data {
      HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key))
    }
    XCTAssertEqual(
      hmac(Data(repeating: 0x0b, count: 20), "Hi There"),
      bytes("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"))
    XCTAssertEqual(
      hmac(Data("Jefe".utf8), "what do ya want for nothing?"),
      bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    XCTAssertEqual(
      hmac(
        Data(repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First"),
      bytes("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"))
  }

  /// RFC 5869 A.1, A.3.
  func testHKDF() {
    func derive(_ input: Data, _ salt: String, _ info: String, _ length: Int) -> Data {
      bytes(
        HKDF<SHA256>.deriveKey(
          inputKeyMaterial: SymmetricKey(data: input), salt: bytes(salt), info: bytes(info),
          outputByteCount: length))
    }
    let input = Data(repeating: 0x0b, count: 22)
    XCTAssertEqual(
      derive(input, "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", 42),
      bytes(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"))
    XCTAssertEqual(
      derive(input, "", "", 42),
      bytes(
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"))
  }

  /// RFC 5903 8.1.
  func testP256() throws {
    let ours = try P256.KeyAgreement.PrivateKey(
      rawRepresentation: bytes("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"))
    XCTAssertEqual(
      ours.publicKey.x963Representation,
      bytes(
        "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
          + "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"))
    let theirs = try P256.KeyAgreement.PublicKey(
      x963Representation: bytes(
        "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
          + "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"))
    let shared = try ours.sharedSecretFromKeyAgreement(with: theirs)
    // What is agreed on leaves only through HKDF.
    let x = bytes("d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de")
    XCTAssertEqual(
      bytes(
        shared.hkdfDerivedSymmetricKey(
          using: SHA256.self, salt: Data([1]), sharedInfo: Data([2]), outputByteCount: 32)),
      bytes(
        HKDF<SHA256>.deriveKey(
          inputKeyMaterial: SymmetricKey(data: x), salt: Data([1]), info: Data([2]),
          outputByteCount: 32)))
  }

  func testP256TakesNoPointOffTheCurveAndNoScalarBeyondItsOrder() {
    let good = P256.KeyAgreement.PrivateKey().publicKey.x963Representation
    for at in [0, 1, 33, 64] {
      var point = good
      point[at] ^= 1
      XCTAssertThrowsError(try P256.KeyAgreement.PublicKey(x963Representation: point), "\(at)")
    }
    XCTAssertThrowsError(try P256.KeyAgreement.PublicKey(x963Representation: good.dropLast()))
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
    for scalar in [bytes(order), Data(count: 32), Data(repeating: 1, count: 31)] {
      XCTAssertThrowsError(try P256.KeyAgreement.PrivateKey(rawRepresentation: scalar))
    }
  }

  /// "The Galois/Counter Mode of Operation", McGrew and Viega, appendix B, case 3.
  func testGCM() throws {
    let key = SymmetricKey(data: bytes("feffe9928665731c6d6a8f9467308308"))
    let nonce = try AES.GCM.Nonce(data: bytes("cafebabefacedbaddecaf888"))
    let sealed = bytes(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985")
    var tag = bytes("4d5c2af327cd64a62cf35abd2ba6fab4")
    XCTAssertEqual(
      try AES.GCM.open(AES.GCM.SealedBox(nonce: nonce, ciphertext: sealed, tag: tag), using: key),
      bytes(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"))
    tag[0] ^= 1
    XCTAssertThrowsError(
      try AES.GCM.open(AES.GCM.SealedBox(nonce: nonce, ciphertext: sealed, tag: tag), using: key))
  }
}
