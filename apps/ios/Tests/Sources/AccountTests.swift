import XCTest

@testable import Nudge

/// The documents of docs/schema: device, presence, ack, reply.
final class AccountTests: XCTestCase {
  private let account = Account(user: "alice", device: "phone")

  func testRegistersSealed() {
    let said = account.register(
      token: Data([0x00, 0xff]), topic: "dev.example.app", keys: Vectors.keys, name: "iPhone",
      servers: ["workstation": "http://10.0.0.5:4096"])
    let p256dh = Vectors.device["p256dh"] as! String
    XCTAssertEqual(
      said,
      Publication(
        topic: "nudge/alice/device/phone",
        payload: #"{"acks":true,"encrypt":{"auth":"BTBZMqHH6r4Tts7J_aSIgg","p256dh":"\#(p256dh)"},"#
          + #""name":"iPhone","platform":"apns","servers":{"workstation":"http://10.0.0.5:4096"},"#
          + #""token":"00ff","topic":"dev.example.app"}"#,
        isRetained: true))
  }

  func testRegistersWhereItsActivitiesAreTold() throws {
    let progress = Progress(start: Data([0x01, 0xff]), turns: ["t1": Data([0x02])])
    let said = account.register(
      token: Data([0x00]), topic: "dev.example.app", keys: Vectors.keys, name: "iPhone",
      servers: [:], progress: progress)
    XCTAssertTrue(said.payload.contains(#""progress":{"start":"01ff","turns":{"t1":"02"}}"#))
    let none = account.register(
      token: Data([0x00]), topic: "dev.example.app", keys: Vectors.keys, name: "iPhone",
      servers: [:], progress: Progress())
    XCTAssertTrue(none.payload.contains(#""progress":{"turns":{}}"#))
  }

  func testSaysWhetherSomebodyLooks() {
    XCTAssertEqual(
      account.foreground(for: 90),
      Publication(
        topic: "nudge/alice/presence/phone", payload: #"{"state":"foreground","ttl_s":90}"#,
        isRetained: true))
    XCTAssertEqual(account.background().payload, "background")
    XCTAssertTrue(account.background().isRetained)
  }

  func testTakesItsRegistrationBackAndSaysWhatWasSeen() {
    XCTAssertEqual(
      account.unregister(),
      Publication(topic: "nudge/alice/device/phone", payload: "", isRetained: true))
    XCTAssertEqual(account.seen("evt_1"), Publication(topic: "nudge/alice/ack", payload: "evt_1"))
    XCTAssertEqual(
      account.seen("evt_1", for: 10),
      Publication(
        topic: "nudge/alice/ack", payload: #"{"device":"phone","event":"evt_1","open_s":10}"#))
  }
}
