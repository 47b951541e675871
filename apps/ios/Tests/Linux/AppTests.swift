import Security
import UIKit
import UserNotifications
import XCTest

@testable import Nudge

/// App/ and Extension/ on the stand-ins: keys, registration, presence, what is sealed.
@MainActor
final class AppTests: XCTestCase {
  private let center = UNUserNotificationCenter.current()
  private var host = FakeHost()

  override func setUp() async throws { arrange() }

  private func arrange() {
    Phone.forget()
    Phone.lock(false)
    host = FakeHost()
    Nudge.shared.start(host: host)
  }

  private func read(_ text: String?) throws -> [String: Any] {
    try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data((text ?? "").utf8)) as? [String: Any])
  }

  private func open(_ userInfo: [AnyHashable: Any], group: String?) -> [UNNotificationContent] {
    let neutral = UNMutableNotificationContent()
    neutral.title = Shown.neutralTitle
    neutral.body = Shown.neutralBody
    neutral.userInfo = userInfo
    let service = NotificationService()
    service.group = group
    var shown: [UNNotificationContent] = []
    let request = UNNotificationRequest(identifier: "t1", content: neutral, trigger: nil)
    service.didReceive(request) { shown.append($0) }
    service.serviceExtensionTimeWillExpire()
    return shown
  }

  private func keepVectorKeys(group: String) {
    let item: [String: Any] = [
      kSecClass: kSecClassGenericPassword, kSecAttrService: "nudge", kSecAttrAccount: "keys",
      kSecAttrAccessGroup: group, kSecValueData: Vectors.keys.data,
      kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
    ]
    XCTAssertEqual(SecItemAdd(item, nil), errSecSuccess)
  }

  func testRegistersWithTheKeysThatItKeeps() async throws {
    Nudge.shared.register(token: Data([0, 255]), group: "G")
    Nudge.shared.register(token: Data([0, 255]), group: "G")
    await host.hears(2)
    let first = try read(host.said[0].payload)
    XCTAssertEqual(first["token"] as? String, "00ff")
    XCTAssertEqual(
      first["encrypt"] as? [String: String], try KeyVault(group: "G").read()?.registration)
    XCTAssertEqual(host.said[0], host.said[1])
    Phone.lock(true)
    XCTAssertNotNil(try KeyVault(group: "G").read())
  }

  func testTheKeyOfAnswersIsForAnUnlockedPhoneAlone() async throws {
    let key = try XCTUnwrap(ReplyKey(data: Data(count: 32)))
    try ReplyVault().keep(key)
    try ReplyVault().keep(key)
    XCTAssertEqual(try ReplyVault().read()?.data, key.data)
    XCTAssertEqual(
      Phone.protection, ["reply-key": kSecAttrAccessibleWhenUnlockedThisDeviceOnly])
    Phone.lock(true)
    XCTAssertThrowsError(try ReplyVault().read())
    XCTAssertTrue(ReplyVault().hasKey)
  }

  func testTakesAwayWhatIsWithdrawn() async {
    XCTAssertTrue(Nudge.shared.receive(["withdraw": "abc", "aps": ["content-available": 1]]))
    XCTAssertEqual(center.removed.last, "abc")
    XCTAssertFalse(Nudge.shared.receive(["withdraw": "a b"]))
    XCTAssertFalse(Nudge.shared.receive(["kind": "note"]))
  }

  func testAsksForThePermissionAndThenForAToken() async {
    let before = UIApplication.shared.registrations
    center.person = .denied
    let isRefused = await Nudge.shared.askPermission()
    XCTAssertFalse(isRefused)
    XCTAssertEqual(UIApplication.shared.registrations, before)
    center.person = .authorized
    let isGranted = await Nudge.shared.askPermission()
    XCTAssertTrue(isGranted)
    XCTAssertEqual(UIApplication.shared.registrations, before + 1)
  }

  func testPresenceFollowsTheApp() async {
    let presence = Presence()
    NotificationCenter.default.post(name: UIApplication.didBecomeActiveNotification, object: nil)
    await host.hears(1)
    XCTAssertEqual(host.said[0].payload, #"{"state":"foreground","ttl_s":90}"#)
    NotificationCenter.default.post(name: UIApplication.didEnterBackgroundNotification, object: nil)
    XCTAssertEqual(UIApplication.shared.tasks.count, 1)
    await host.hears(2)
    XCTAssertEqual(host.said[1].payload, "background")
    withExtendedLifetime(presence) {}
  }

  func testTheExtensionShowsWhatWasSealed() async throws {
    keepVectorKeys(group: "G")
    for expected in Vectors.reading["vectors"] as! [Vectors.JSON] {
      guard let shows = expected["shows"] as? Vectors.JSON else { continue }
      let name = expected["name"] as! String
      let shown = open(Vectors.message(name)["apns_sealed"] as! [AnyHashable: Any], group: "G")
      XCTAssertEqual(shown.count, 1, name)
      let content = try XCTUnwrap(shown.first)
      XCTAssertEqual(content.title, shows["title"] as? String, name)
      XCTAssertEqual(content.body, shows["body"] as? String, name)
      XCTAssertEqual(content.badge?.intValue, shows["badge"] as? Int, name)
      XCTAssertEqual(content.userInfo["href"] as? String, shows["href"] as? String, name)
      let request = shows["request"] as? [String: String]
      XCTAssertEqual(content.userInfo["nonce"] as? String, request?["nonce"], name)
      XCTAssertEqual(content.userInfo["cut"] as? String, shows["cut"] != nil ? "true" : nil, name)
      // A question that is not shown whole keeps its category, but can only be refused.
      let category = shows["cut"] != nil ? Offer.permissionCut : shows["category"] as? String
      XCTAssertEqual(content.categoryIdentifier, request == nil ? Offer.notice : category, name)
    }
  }

  func testTheExtensionShowsTheNeutralTextWhateverGoesWrong() async {
    let sealed = Vectors.message("a permission")["apns_sealed"] as! [AnyHashable: Any]
    let wrong: [(String, [AnyHashable: Any], String?)] = [
      ("no keys", sealed, "G"), ("no group", sealed, nil), ("no base64url", ["e": "!"], "G"),
      ("damaged", ["e": "AAAA"], "G"), ("none of ours", ["kind": "note"], "G"),
    ]
    for (why, userInfo, group) in wrong {
      let shown = open(userInfo, group: group)
      XCTAssertEqual(shown.map(\.body), [Shown.neutralBody], why)
    }
  }
}
