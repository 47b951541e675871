import XCTest

@testable import Nudge

final class TurnTests: XCTestCase {
  private let turns = Vectors.push["turns"] as! [Vectors.JSON]

  /// As reading.json has it.
  private func members(_ turn: Turn) -> Vectors.JSON {
    let all: [String: Any?] = [
      "tag": turn.tag, "event": turn.event, "state": turn.state.rawValue, "since": turn.since,
      "ts": turn.ts, "stale": turn.stale, "title": turn.title, "project": turn.project,
      "session": turn.session, "href": turn.route?.href,
    ]
    return all.compactMapValues { $0 }
  }

  private func check(_ expected: Vectors.JSON, _ read: () throws -> Turn) throws {
    let name = expected["name"] as! String
    if expected["refused"] as? Bool == true {
      XCTAssertThrowsError(try read(), name) { XCTAssertTrue($0 is Unreadable, name) }
      return
    }
    XCTAssertEqual(members(try read()) as NSDictionary, expected["shows"] as! NSDictionary, name)
  }

  private func expected(_ name: String) -> Vectors.JSON {
    (Vectors.reading["turns"] as! [Vectors.JSON]).first { $0["name"] as? String == name }!
  }

  /// The content state of a push, as ActivityKit reads it.
  private func state(_ vector: Vectors.JSON, _ form: String) throws -> TurnState {
    let aps = (vector[form] as! Vectors.JSON)["aps"] as! Vectors.JSON
    let data = try JSONSerialization.data(withJSONObject: aps["content-state"]!)
    return try JSONDecoder().decode(TurnState.self, from: data)
  }

  func testReadsWhatTheBridgeSealed() throws {
    for vector in turns {
      try check(expected(vector["name"] as! String)) {
        try Turn.of(text: Ece.open(Vectors.body(vector), keys: Vectors.keys))
      }
    }
  }

  func testTakesWhatIsWellFormedAndRefusesTheRest() throws {
    for expected in Vectors.reading["turn_texts"] as! [Vectors.JSON] {
      try check(expected) { try Turn.of(text: Data((expected["text"] as! String).utf8)) }
    }
    XCTAssertThrowsError(try Turn.of(text: Data([0x7b, 0x22, 0xff])))
  }

  func testAnActivityShowsTheWordsThatWereSealed() throws {
    for vector in turns {
      let shows = expected(vector["name"] as! String)["shows"] as! Vectors.JSON
      let sealed = try state(vector, "apns_sealed")
      XCTAssertNil(sealed.title)
      XCTAssertNil(sealed.route)
      for open in [sealed.opened { Vectors.keys }, try state(vector, "apns")] {
        XCTAssertEqual(open.state.rawValue, shows["state"] as? String)
        XCTAssertEqual(open.since, shows["since"] as? Int)
        XCTAssertEqual(open.title, shows["title"] as? String)
        XCTAssertEqual(open.project, shows["project"] as? String)
        XCTAssertEqual(open.route?.href, shows["href"] as? String)
      }
    }
  }

  func testAnActivityShowsItsStateWhateverGoesWrong() throws {
    let sealed = try state(turns[0], "apns_sealed")
    XCTAssertEqual(sealed.opened { Vectors.otherKeys }, sealed)
    XCTAssertEqual(sealed.opened { nil }, sealed)
    XCTAssertEqual(sealed.opened { throw Unreadable(why: "locked") }, sealed)
    var broken = sealed
    broken.e = "!"
    XCTAssertEqual(broken.opened { Vectors.keys }, broken)
    XCTAssertEqual(sealed.words, "Works")
    XCTAssertEqual(sealed.began, Date(timeIntervalSince1970: 1_763_999_910))
  }
}
