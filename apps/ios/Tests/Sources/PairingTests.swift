import XCTest

@testable import Nudge

/// tests/vectors/pairing.json: every part reads and refuses the same.
final class PairingTests: XCTestCase {
  private func members(_ pairing: Pairing) -> [String: String] {
    [
      "user": pairing.user, "broker": pairing.broker, "ws": pairing.ws,
      "username": pairing.username, "password": pairing.password, "root": pairing.root,
      "ca": pairing.ca, "key": pairing.key.map { Base64URL.encode($0.data) },
    ].compactMapValues { $0 }
  }

  func testReadsWhatNudgePairWrites() throws {
    let good = Vectors.pairing["good"] as! [Vectors.JSON]
    XCTAssertEqual(good.count, 4)
    for one in good {
      var expected = (one["members"] as! Vectors.JSON).compactMapValues { $0 as? String }
      expected["root"] = expected["root"] ?? "nudge"
      XCTAssertEqual(members(try Pairing(one["text"] as! String)), expected, one["name"] as! String)
    }
  }

  func testRefusesTheRestAndRepeatsNoSecret() {
    let bad = Vectors.pairing["bad"] as! [Vectors.JSON]
    XCTAssertEqual(bad.count, 14)
    let more = [
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi&password=s3cret%FF",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi&username=a%0Ab&password=s3cret",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2Fs3cret%40pi",
      "nudge:pair?user=me&broker=mqtt%3A%2F%2F",
      "nudge:pair?user=me&broker",
    ]
    for text in bad.map({ $0["text"] as! String }) + more {
      XCTAssertThrowsError(try Pairing(text), text) { error in
        let why = (error as? Unreadable)?.why ?? ""
        XCTAssertTrue(why.hasSuffix("."), text)
        XCTAssertFalse(why.contains("s3cret"), why)
      }
    }
  }

  func testGivesAnAccount() throws {
    let pairing = try Pairing("nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi&root=home%2Fnudge")
    XCTAssertEqual(
      Account(pairing, device: "phone").unregister().topic, "home/nudge/me/device/phone")
  }
}
