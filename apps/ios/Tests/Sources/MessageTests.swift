import XCTest

@testable import Nudge

final class MessageTests: XCTestCase {
  /// As reading.json has it.
  private func members(_ shown: Shown) -> Vectors.JSON {
    let all: [String: Any?] = [
      "tag": shown.tag, "title": shown.title, "body": shown.body,
      // Android is silent by its channel, iOS by its sound.
      "level": shown.sound == nil ? "passive" : shown.level,
      "badge": shown.badge, "category": shown.category, "cut": shown.isCut ? true : nil,
      "kind": shown.kind,
      "event": shown.event, "session": shown.session, "href": shown.route?.href,
      "request": shown.request.map { ["id": $0.id, "nonce": $0.nonce] },
    ]
    return all.compactMapValues { $0 }
  }

  private func check(_ expected: Vectors.JSON, _ read: () throws -> Message?) throws {
    let name = expected["name"] as! String
    if expected["refused"] as? Bool == true {
      XCTAssertThrowsError(try read(), name) { XCTAssertTrue($0 is Unreadable, name) }
      return
    }
    switch try read() {
    case .withdraw(let tag)?: XCTAssertEqual(tag, expected["withdraws"] as? String, name)
    case .show(let shown)?:
      var shows = expected["shows"] as! Vectors.JSON
      if let offers = shows.removeValue(forKey: "offers") as? [String] {
        let buttons = Offer.buttons(canAnswer: true)[shown.offered] ?? []
        XCTAssertEqual(buttons.map(\.rawValue), offers, name)
        XCTAssertEqual(Offer.buttons(canAnswer: false)[shown.offered], [.open], name)
      }
      XCTAssertEqual(members(shown) as NSDictionary, shows as NSDictionary, name)
    case nil: XCTFail(name)
    }
  }

  func testShowsWhatTheBridgeSealedAndTakesAwayWhatItWithdraws() throws {
    let all = Vectors.reading["vectors"] as! [Vectors.JSON]
    XCTAssertEqual(all.count, Vectors.messages.count)
    for expected in all {
      let vector = Vectors.message(expected["name"] as! String)
      let userInfo = vector["apns_sealed"] as! [AnyHashable: Any]
      try check(expected) { try Message.of(userInfo: userInfo) { Vectors.keys } }
      try check(expected) {
        try Message.of(text: Ece.open(Vectors.body(vector), keys: Vectors.keys))
      }
    }
  }

  func testLeavesWhatIsNotSealedAsItIs() throws {
    for vector in Vectors.messages where (vector["apns"] as! Vectors.JSON)["withdraw"] == nil {
      let userInfo = vector["apns"] as! [AnyHashable: Any]
      XCTAssertNil(try Message.of(userInfo: userInfo) { throw Unreadable(why: "asked for keys") })
    }
  }

  func testTakesWhatIsWellFormedAndRefusesTheRest() throws {
    for expected in Vectors.reading["texts"] as! [Vectors.JSON] {
      try check(expected) { try Message.of(text: Data((expected["text"] as! String).utf8)) }
    }
    XCTAssertThrowsError(try Message.of(text: Data([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))
    XCTAssertThrowsError(try Message.of(text: Data(String(repeating: "[", count: 100_000).utf8)))
    XCTAssertThrowsError(try Message.of(userInfo: ["e": "!"]) { Vectors.keys })
  }

  func testOffersNothingWhereNothingCanBeAnswered() throws {
    let one = (Vectors.reading["texts"] as! [Vectors.JSON])
      .first { $0["name"] as? String == "a request without its nonce cannot be answered" }!
    guard case .show(let shown) = try Message.of(text: Data((one["text"] as! String).utf8)) else {
      return XCTFail("not shown")
    }
    XCTAssertEqual(Offer.buttons(canAnswer: true)[shown.offered], [])
  }

  func testFollowsAnHrefOnlyToASession() {
    for expected in Vectors.reading["hrefs"] as! [Vectors.JSON] {
      let href = expected["href"] as! String
      let route = Route(href)
      XCTAssertEqual(route == nil, expected["refused"] as? Bool ?? false, href)
      XCTAssertEqual(route?.server, expected["server"] as? String, href)
      XCTAssertEqual(route?.directory, expected["directory"] as? String, href)
      XCTAssertEqual(route?.session, expected["session"] as? String, href)
    }
  }
}
