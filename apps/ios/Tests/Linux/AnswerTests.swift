import Security
import UIKit
import UserNotifications
import XCTest

@testable import Nudge

/// App/ on the stand-ins: what a notification's buttons do.
@MainActor
final class AnswerTests: XCTestCase {
  private let center = UNUserNotificationCenter.current()
  private var host = FakeHost()
  private let href = "/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1"

  override func setUp() async throws { arrange() }

  private func arrange() {
    Phone.forget()
    Phone.lock(false)
    host = FakeHost()
    center.added = []
    Nudge.shared.patience = 20_000_000_000
    Nudge.shared.glance = 10_000_000_000
    Nudge.shared.looking?.cancel()
    Nudge.shared.start(host: host)
  }

  private var key: String { Vectors.replies["key"] as! String }

  private func pair(key: String?) throws {
    let text = "nudge:pair?user=alice&broker=mqtt%3A%2F%2Fpi" + (key.map { "&key=\($0)" } ?? "")
    try Nudge.shared.pair(Pairing(text))
  }

  private func press(_ action: String, words: String? = nil, _ more: [String: String] = [:]) async {
    let content = UNMutableNotificationContent()
    content.title = "Permission needed: Fix login"
    content.threadIdentifier = "thread"
    content.userInfo = [
      "request_id": "per_1", "nonce": "n0nce", "event_id": "evt_1", "href": href, "aps": ["a": 1],
    ].merging(more) { $1 }
    let notification = UNNotification(
      request: UNNotificationRequest(identifier: "t1", content: content, trigger: nil))
    let response =
      words.map {
        UNTextInputNotificationResponse(
          notification: notification, actionIdentifier: action, userText: $0)
      } ?? UNNotificationResponse(notification: notification, actionIdentifier: action)
    await withCheckedContinuation { done in
      Nudge.shared.userNotificationCenter(center, didReceive: response) { done.resume() }
    }
  }

  /// The text that was signed, once its code is checked.
  private func signed(_ said: Publication?) throws -> NSDictionary {
    let document =
      try JSONSerialization.jsonObject(with: Data((said?.payload ?? "").utf8)) as? [String: String]
    let text = try XCTUnwrap(document?["signed"])
    XCTAssertEqual(document?["mac"], ReplyKey(text: key)?.code(of: text))
    return try XCTUnwrap(JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
  }

  private func assertNotAnswered(_ why: String = "") {
    XCTAssertEqual(host.said, [], why)
    XCTAssertEqual(center.added.map(\.identifier), ["t1"], why)
    let content = center.added.last?.content
    XCTAssertTrue(content?.body.hasPrefix("Not answered") ?? false, why)
    XCTAssertEqual(content?.title, "Permission needed: Fix login", why)
    XCTAssertEqual(content?.categoryIdentifier, Offer.notice, why)
    XCTAssertEqual(content?.userInfo["href"] as? String, href, why)
    center.added = []
  }

  private var buttons: [String: [String]] {
    Dictionary(
      uniqueKeysWithValues: center.categories.map { ($0.identifier, $0.actions.map(\.title)) })
  }

  func testOffersWhatCanBeAnsweredAndNothingButOpenWithoutAKey() async throws {
    let none = [
      "NUDGE_PERMISSION": ["Open"], "NUDGE_PERMISSION_CUT": ["Open"], "NUDGE_QUESTION": ["Open"],
      "NUDGE_NOTICE": [],
    ]
    XCTAssertEqual(buttons, none)
    try pair(key: key)
    XCTAssertEqual(
      buttons,
      [
        "NUDGE_PERMISSION": ["Allow once", "Reject"], "NUDGE_PERMISSION_CUT": ["Open", "Reject"],
        "NUDGE_QUESTION": ["Answer"], "NUDGE_NOTICE": [],
      ])
    for action in center.categories.flatMap(\.actions) where action.identifier != "open" {
      XCTAssertTrue(action.options.contains(.authenticationRequired), action.title)
    }
    try pair(key: nil)
    XCTAssertEqual(buttons, none)
  }

  func testKnowsOnALockedPhoneThatThereIsAKey() async throws {
    try pair(key: key)
    Phone.lock(true)
    Nudge.shared.start(host: host)
    XCTAssertEqual(buttons["NUDGE_PERMISSION"], ["Allow once", "Reject"])
  }

  func testAButtonAnswersSigned() async throws {
    try pair(key: key)
    for reply in ["once", "reject"] {
      await press(reply)
      XCTAssertEqual(
        try signed(host.said.last), ["request": "per_1", "nonce": "n0nce", "reply": reply])
    }
    XCTAssertEqual(host.said.count, 2)
    XCTAssertTrue(center.added.isEmpty)
  }

  func testAQuestionTakesThePersonsOwnWords() async throws {
    try pair(key: key)
    await press("answer", words: "SQLite")
    XCTAssertEqual(
      try signed(host.said.last),
      ["request": "per_1", "nonce": "n0nce", "answers": [["SQLite"]]] as NSDictionary)
  }

  func testAnAnswerThatDidNotGetThroughIsNotHidden() async throws {
    try pair(key: key)
    host.broker = .isAway
    await press("once")
    assertNotAnswered("the broker is away")

    host.broker = .neverAnswers
    Nudge.shared.patience = 1_000_000
    await press("once")
    assertNotAnswered("the broker never answers")

    host.broker = .takes
    host.account = nil
    await press("once")
    assertNotAnswered("not paired")
  }

  func testNothingIsAnsweredWithoutKeyNonceOrWordsNorOnALockedPhone() async throws {
    await press("once")
    assertNotAnswered("no key")
    try pair(key: key)
    await press("once", ["nonce": ""])
    assertNotAnswered("no nonce")
    await press("answer", words: "")
    assertNotAnswered("no words")
    Phone.lock(true)
    await press("once")
    assertNotAnswered("locked")
  }

  func testWhatIsCutIsOnlyRefused() async throws {
    try pair(key: key)
    await press("once", ["cut": "true"])
    assertNotAnswered("allow")
    await press("answer", words: "yes", ["cut": "true"])
    assertNotAnswered("answer")
    await press("reject", ["cut": "true"])
    XCTAssertEqual(host.said.count, 1)
  }

  func testATapOpensAndBothATapAndASwipeMeanSeen() async {
    let seen = Publication(topic: "nudge/alice/ack", payload: "evt_1")
    await press(UNNotificationDismissActionIdentifier)
    XCTAssertEqual(host.said, [seen])
    XCTAssertTrue(host.opened.isEmpty)
    await press(UNNotificationDefaultActionIdentifier)
    await press("open")
    XCTAssertEqual(host.said, [seen, seen, seen])
    XCTAssertEqual(host.opened, [Route(href), Route(href)])
  }

  func testWhatATapOpenedIsMoreThanGlancedAtAfterTenSeconds() async {
    Nudge.shared.glance = 0
    await press(UNNotificationDefaultActionIdentifier)
    await host.hears(2)
    let open = #"{"device":"phone","event":"evt_1","open_s":10}"#
    XCTAssertEqual(Set(host.said.map(\.payload)), ["evt_1", open])
  }

  func testWhatWasLeftBeforeOrSwipedAwayWasAGlance() async {
    await press(UNNotificationDismissActionIdentifier)
    XCTAssertNotEqual(Nudge.shared.looking?.isCancelled, false)
    await press(UNNotificationDefaultActionIdentifier)
    XCTAssertEqual(Nudge.shared.looking?.isCancelled, false)
    NotificationCenter.default.post(name: UIApplication.didEnterBackgroundNotification, object: nil)
    await Nudge.shared.looking?.value
    XCTAssertEqual(host.said.map(\.payload), ["evt_1", "evt_1"])
  }

  func testSigningOutForgetsTheKey() async throws {
    try pair(key: key)
    Nudge.shared.unregister()
    await host.hears(1)
    XCTAssertEqual(host.said.last?.payload, "")
    XCTAssertEqual(Phone.protection, [:])
    XCTAssertEqual(buttons["NUDGE_PERMISSION"], ["Open"])
  }
}
