import ActivityKit
import Security
import XCTest

@testable import Nudge

/// Live Activities on the stand-in: their tokens reach the bridge.
@MainActor
final class ActivityTests: XCTestCase {
  private var host = FakeHost()
  private var center = ActivityCenter.shared

  private func arrange() -> Activities {
    Phone.forget()
    Phone.lock(false)
    ActivityCenter.shared = ActivityCenter()
    center = ActivityCenter.shared
    host = FakeHost()
    Nudge.shared.progress = nil
    Nudge.shared.start(host: host)
    return Activities()
  }

  private func progress(_ publication: Publication) throws -> NSDictionary? {
    let document = try JSONSerialization.jsonObject(with: Data(publication.payload.utf8))
    return (document as? [String: Any])?["progress"] as? NSDictionary
  }

  func testEachNewTokenIsRegistered() async throws {
    let activities = arrange()
    Nudge.shared.register(token: Data([0]), group: "G")
    await host.hears(1)
    XCTAssertNil(try progress(host.said[0]))

    center.giveStartToken(Data([1]))
    await host.hears(2)
    XCTAssertEqual(try progress(host.said[1]), ["start": "01", "turns": [String: String]()])

    let activity = Activity(attributes: NudgeTurn(id: "t1"))
    center.begin(activity)
    activity.giveToken(Data([2]))
    await host.hears(3)
    XCTAssertEqual(try progress(host.said[2]), ["start": "01", "turns": ["t1": "02"]])
    activity.giveToken(Data([3]))
    await host.hears(4)
    XCTAssertEqual(try progress(host.said[3]), ["start": "01", "turns": ["t1": "03"]])

    activity.become(.stale)
    activity.become(.ended)
    await host.hears(5)
    XCTAssertEqual(try progress(host.said[4]), ["start": "01", "turns": [String: String]()])
    withExtendedLifetime(activities) {}
  }

  func testNothingIsRegisteredBeforeTheAppIsAndAfterItSignedOut() async throws {
    let activities = arrange()
    Nudge.shared.unregister()
    await host.hears(1)
    center.giveStartToken(Data([1]))
    while Nudge.shared.progress == nil { await Task.yield() }
    XCTAssertEqual(host.said.count, 1)
    Nudge.shared.register(token: Data([0]), group: "G")
    await host.hears(2)
    XCTAssertEqual(try progress(host.said[1]), ["start": "01", "turns": [String: String]()])
    withExtendedLifetime(activities) {}
  }

  func testTheNextStartOfTheAppKnowsWhatStillRuns() async throws {
    let first = arrange()
    Nudge.shared.register(token: Data([0]), group: "G")
    let activity = Activity(attributes: NudgeTurn(id: "t1"))
    center.begin(activity)
    activity.giveToken(Data([2]))
    await host.hears(2)
    Nudge.shared.progress?.turns["over"] = Data([9])
    await host.hears(3)
    withExtendedLifetime(first) {}

    let second = Activities()
    Nudge.shared.register(token: Data([0]), group: "G")
    await host.hears(5)
    XCTAssertEqual(try progress(host.said[4]), ["turns": ["t1": "02"]])
    withExtendedLifetime(second) {}
  }

  func testATurnThatWasBegunTwiceIsShownOnce() async {
    let activities = arrange()
    let first = Activity(attributes: NudgeTurn(id: "t1"))
    let other = Activity(attributes: NudgeTurn(id: "t2"))
    let second = Activity(attributes: NudgeTurn(id: "t1"))
    for activity in [first, other] { center.begin(activity) }
    center.begin(second)
    while first.activityState == .active { await Task.yield() }
    XCTAssertEqual(first.activityState, .dismissed)
    XCTAssertEqual(other.activityState, .active)
    withExtendedLifetime(activities) {}
  }
}
