import UserNotifications

@testable import Nudge

/// An app that is paired, with a broker that does as a test says.
@MainActor
final class FakeHost: NudgeHost {
  enum Broker { case takes, isAway, neverAnswers }

  var account: Account? = Account(user: "alice", device: "phone")
  let deviceName = "iPhone"
  let servers = ["workstation": "http://10.0.0.5:4096"]
  var broker = Broker.takes
  private(set) var said: [Publication] = []
  private(set) var opened: [Route?] = []
  private var waiting: CheckedContinuation<Void, Never>?

  func publish(_ publication: Publication) async -> Bool {
    switch broker {
    case .takes:
      said.append(publication)
      waiting?.resume()
      waiting = nil
      return true
    case .isAway: return false
    case .neverAnswers:
      await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      return true
    }
  }

  func open(_ route: Route?) { opened.append(route) }

  /// Until this many things were said.
  func hears(_ count: Int) async {
    while said.count < count { await withCheckedContinuation { waiting = $0 } }
  }
}
