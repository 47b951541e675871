import Crypto
import Foundation

public enum P256 {
  public enum KeyAgreement {
    public struct PublicKey: Sendable {
      public let x963Representation: Data

      /// Uncompressed: 04, x, y. Takes no point that is not on the curve.
      public init(x963Representation: Data) throws {
        guard x963Representation.count == Curve.pointLength, x963Representation.first == 4,
          Curve().point(x963Representation) != nil
        else { throw CryptoKitError.incorrectParameterSize }
        self.x963Representation = Data(x963Representation)
      }
    }

    public struct PrivateKey: Sendable {
      public let rawRepresentation: Data
      public let publicKey: PublicKey

      public init() {
        while true {
          var generator = SystemRandomNumberGenerator()
          let scalar = (0..<Curve.scalarLength).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
          }
          guard let key = try? PrivateKey(rawRepresentation: Data(scalar)) else { continue }
          self = key
          return
        }
      }

      /// A number from 1 to the order of the curve, without it.
      public init(rawRepresentation: Data) throws {
        guard let point = Curve().times(rawRepresentation, nil) else {
          throw CryptoKitError.incorrectParameterSize
        }
        self.rawRepresentation = Data(rawRepresentation)
        publicKey = try PublicKey(x963Representation: point)
      }

      public func sharedSecretFromKeyAgreement(with theirs: PublicKey) throws -> SharedSecret {
        guard let point = Curve().times(rawRepresentation, theirs.x963Representation) else {
          throw CryptoKitError.incorrectParameterSize
        }
        return SharedSecret(bytes: Data(point.dropFirst().prefix(Curve.scalarLength)))
      }
    }
  }
}

/// What OpenSSL knows of the curve; its own objects live as long as this.
private final class Curve {
  static let scalarLength = 32
  static let pointLength = 65

  private let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)
  private var points: [OpaquePointer?] = []

  deinit {
    points.forEach(EC_POINT_free)
    EC_GROUP_free(group)
  }

  /// nil: not on the curve.
  func point(_ text: Data) -> OpaquePointer? {
    let point = made()
    let bytes = [UInt8](text)
    return EC_POINT_oct2point(group, point, bytes, bytes.count, nil) == 1 ? point : nil
  }

  /// `scalar` times `text`, or times the generator; nil: one of them is not of the curve.
  func times(_ scalar: Data, _ text: Data?) -> Data? {
    guard scalar.count == Self.scalarLength else { return nil }
    let number = BN_bin2bn([UInt8](scalar), Int32(scalar.count), nil)
    defer { BN_free(number) }
    guard BN_is_zero(number) == 0, BN_cmp(number, EC_GROUP_get0_order(group)) < 0 else {
      return nil
    }
    let product = made()
    if let text = text {
      guard let point = point(text), EC_POINT_mul(group, product, nil, point, number, nil) == 1
      else { return nil }
    } else {
      guard EC_POINT_mul(group, product, number, nil, nil, nil) == 1 else { return nil }
    }
    var bytes = [UInt8](repeating: 0, count: Self.pointLength)
    let form = POINT_CONVERSION_UNCOMPRESSED
    guard EC_POINT_point2oct(group, product, form, &bytes, bytes.count, nil) == bytes.count
    else { return nil }
    return Data(bytes)
  }

  private func made() -> OpaquePointer? {
    points.append(EC_POINT_new(group))
    return points.last ?? nil
  }
}
