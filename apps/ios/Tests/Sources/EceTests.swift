import XCTest

@testable import Nudge

final class EceTests: XCTestCase {
  private func open(_ vector: Vectors.JSON) throws -> String {
    String(decoding: try Ece.open(Vectors.body(vector), keys: Vectors.keys), as: UTF8.self)
  }

  func testReadsTheExampleOfRFC8291AndWhatTheBridgeSends() throws {
    let single = ["rfc8291", "padded"].map { Vectors.push[$0] as! Vectors.JSON }
    XCTAssertEqual(Vectors.messages.count, 13)
    for vector in single + Vectors.messages {
      XCTAssertEqual(try open(vector), vector["text"] as? String)
    }
  }

  func testRefusesAllThatIsBroken() {
    XCTAssertEqual(Vectors.broken.count, 18)
    for vector in Vectors.broken {
      XCTAssertThrowsError(try open(vector), vector["name"] as! String) { error in
        XCTAssertTrue(error is Unreadable)
      }
    }
  }

  func testRefusesWhatIsForAnotherDevice() {
    for vector in Vectors.messages {
      XCTAssertThrowsError(try Ece.open(Vectors.body(vector), keys: Vectors.otherKeys))
    }
  }

  func testRefusesAMessageWithAnyBitOfItChangedButForTheSizeOfARecord() {
    let body = [UInt8](Vectors.body(Vectors.messages[0]))
    for at in body.indices where !(16..<20).contains(at) {
      var changed = body
      changed[at] ^= 0x10
      XCTAssertThrowsError(try Ece.open(Data(changed), keys: Vectors.keys), "byte \(at)")
    }
  }

  func testKnowsTheDevicesKeysAndReadsBackWhatItKept() {
    XCTAssertEqual(Vectors.keys.registration["p256dh"], Vectors.device["p256dh"] as? String)
    XCTAssertEqual(Vectors.keys.registration["auth"], Vectors.device["auth"] as? String)
    let made = DeviceKeys()
    XCTAssertEqual(DeviceKeys(data: made.data)?.registration, made.registration)
    XCTAssertNotEqual(DeviceKeys().registration, made.registration)
    XCTAssertNil(DeviceKeys(data: made.data.dropLast()))
  }
}
