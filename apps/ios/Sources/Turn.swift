import Foundation

/// How a running turn goes, as a message says it: docs/push-payloads.md, "Progress".
struct Turn: Equatable {
  private static let events: Set = ["start", "update", "end"]
  private static let idMax = 256

  /// Of the person and the session; also in the attributes of its activity.
  let tag: String
  /// "start", "update", "end"
  let event: String
  let state: TurnState.Doing
  /// Milliseconds since the epoch, as all times here.
  let since: Int
  /// A later one has a larger one.
  let ts: Int
  /// Nobody knows how it goes from then on.
  let stale: Int
  /// nil: it has none, or it may not be told.
  let title: String?
  let project: String?
  let session: String?
  let route: Route?

  /// What was sealed.
  /// Throws: `Unreadable`.
  static func of(text: Data) throws -> Turn {
    guard String(data: text, encoding: .utf8) != nil,
      let root = try? JSONSerialization.jsonObject(with: text),
      let json = root as? [String: Any], let turn = json["progress"] as? [String: Any]
    else { throw Unreadable(why: "its turn") }
    return try Turn(turn)
  }

  private init(_ turn: [String: Any]) throws {
    func words(_ name: String) -> String? { turn[name] as? String }
    func time(_ name: String) throws -> Int {
      guard let time = turn[name] as? Int, time >= 0 else { throw Unreadable(why: "its \(name)") }
      return time
    }
    guard let tag = words("id"), tag.isToken(max: 64) else { throw Unreadable(why: "its tag") }
    guard let event = words("event"), Self.events.contains(event) else {
      throw Unreadable(why: "its event")
    }
    guard let state = words("state").flatMap(TurnState.Doing.init) else {
      throw Unreadable(why: "its state")
    }
    self.tag = tag
    self.event = event
    self.state = state
    since = try time("since")
    ts = try time("ts")
    stale = try time("stale")
    title = words("title")
    project = words("project")
    session = words("session_id").flatMap { $0.isToken(max: Self.idMax) ? $0 : nil }
    route = words("href").flatMap(Route.init)
  }
}

/// What a Live Activity shows: its content state, in the members that the bridge
/// writes. ActivityKit reads it by itself, so that a name must not change.
struct TurnState: Codable, Hashable, Sendable {
  enum Doing: String, Codable, Sendable { case busy, waiting, idle, error }

  let state: Doing
  /// Milliseconds since the epoch.
  let since: Int
  var title: String?
  var project: String?
  var href: String?
  /// The rest, sealed to this phone.
  var e: String?

  /// For the widget, with the words that were sealed. Whatever goes wrong, the state
  /// is shown without them.
  func opened(keys: () throws -> DeviceKeys?) -> TurnState {
    guard let sealed = e, let body = Base64URL.decode(sealed), let keys = try? keys(),
      let text = try? Ece.open(body, keys: keys), let turn = try? Turn.of(text: text)
    else { return self }
    var open = self
    open.title = turn.title
    open.project = turn.project
    open.href = turn.route?.href
    return open
  }

  /// Where a tap leads.
  var route: Route? { href.flatMap(Route.init) }

  var began: Date { Date(timeIntervalSince1970: Double(since) / 1000) }

  var words: String {
    switch state {
    case .busy: return "Works"
    case .waiting: return "Waits for you"
    case .idle: return "Is done"
    case .error: return "Failed"
    }
  }
}

/// Where this phone's Live Activities are begun and told anew: tokens of APNs.
struct Progress: Codable, Equatable, Sendable {
  /// nil: iOS gave none, and none is begun.
  var start: Data?
  /// By the id in the attributes.
  var turns: [String: Data] = [:]

  /// As docs/schema has it.
  var registration: [String: Any] {
    var document: [String: Any] = ["turns": turns.mapValues(\.hex)]
    if let start = start { document["start"] = start.hex }
    return document
  }
}

extension Data {
  var hex: String { map { String(format: "%02x", $0) }.joined() }
}
