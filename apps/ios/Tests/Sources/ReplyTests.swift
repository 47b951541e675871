import XCTest

@testable import Nudge

/// tests/vectors/replies.json: every language signs alike.
final class ReplyTests: XCTestCase {
  private let account = Account(user: "alice", device: "phone")
  private let key = ReplyKey(text: Vectors.replies["key"] as! String)!

  private func all(_ which: String) -> [Vectors.JSON] { Vectors.replies[which] as! [Vectors.JSON] }

  private func read(_ text: String) -> Vectors.JSON {
    try! JSONSerialization.jsonObject(with: Data(text.utf8)) as! Vectors.JSON
  }

  func testSignsAsEverybodyDoes() {
    XCTAssertEqual(all("good").count, 5)
    for one in all("good") {
      XCTAssertEqual(key.code(of: one["signed"] as! String), one["mac"] as? String)
    }
  }

  func testNeverSignsAsTheBadOnesDo() {
    XCTAssertEqual(all("bad").count, 9)
    for one in all("bad") {
      XCTAssertNotEqual(
        key.code(of: one["signed"] as! String), one["mac"] as? String, one["name"] as! String)
    }
  }

  func testAnswersWithTheNonceOfTheRequestSigned() {
    let request = Request(id: "per_1", nonce: "n0nce")!
    let said = [
      account.reply("once", to: request, key: key),
      account.answer(#"SQLite, "for now" – 東京 👍"#, to: request, key: key),
    ]
    let texts: [Vectors.JSON] = said.map { one in
      XCTAssertEqual(one.topic, "nudge/alice/reply")
      XCTAssertFalse(one.isRetained)
      let document = read(one.payload)
      XCTAssertEqual(Set(document.keys), ["signed", "mac"])
      XCTAssertEqual(document["mac"] as? String, key.code(of: document["signed"] as! String))
      return read(document["signed"] as! String)
    }
    XCTAssertEqual(
      texts[0] as NSDictionary,
      ["request": "per_1", "nonce": "n0nce", "reply": "once"] as NSDictionary)
    XCTAssertEqual(
      texts[1] as NSDictionary,
      ["request": "per_1", "nonce": "n0nce", "answers": [[#"SQLite, "for now" – 東京 👍"#]]]
        as NSDictionary)
  }

  func testTakesAKeyOf32BytesAlone() {
    XCTAssertNil(ReplyKey(data: Data(count: 31)))
    XCTAssertNil(ReplyKey(data: Data(count: 33)))
    XCTAssertNil(ReplyKey(text: String(repeating: "A", count: 44)))
    // The same bytes, but with something behind their end.
    XCTAssertNil(ReplyKey(text: String(repeating: "A", count: 42) + "B"))
  }
}
