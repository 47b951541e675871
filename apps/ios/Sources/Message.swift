import Foundation

/// What an answer is for: the request, and the nonce that came with it.
struct Request: Equatable {
  let id: String
  let nonce: String

  init?(id: String?, nonce: String?) {
    guard let id = id, let nonce = nonce, !id.isEmpty, !nonce.isEmpty else { return nil }
    self.id = id
    self.nonce = nonce
  }
}

/// What a push asks for. Its shapes are in docs/push-payloads.md.
enum Message: Equatable {
  case show(Shown)
  /// The identifier of the notification that goes.
  case withdraw(tag: String)

  /// What `userInfo` carries for us; nil: it is shown as it came.
  /// `keys` is asked only for what is sealed.
  /// Throws: `Unreadable`.
  static func of(userInfo: [AnyHashable: Any], keys: () throws -> DeviceKeys) throws -> Message? {
    if let tag = userInfo["withdraw"] as? String { return .withdraw(tag: try checked(tag)) }
    guard let sealed = userInfo["e"] as? String else { return nil }
    guard let body = Base64URL.decode(sealed) else { throw Unreadable(why: "its base64url") }
    return try of(text: Ece.open(body, keys: keys()))
  }

  /// What was sealed.
  /// Throws: `Unreadable`.
  static func of(text: Data) throws -> Message {
    // JSONSerialization would take other encodings too.
    guard String(data: text, encoding: .utf8) != nil,
      let root = try? JSONSerialization.jsonObject(with: text),
      let json = root as? [String: Any]
    else { throw Unreadable(why: "its JSON") }
    if let tag = json["withdraw"] as? String { return .withdraw(tag: try checked(tag)) }
    guard let shown = json["notification"] as? [String: Any] else {
      throw Unreadable(why: "no notification")
    }
    return .show(Shown(shown, tag: try checked(shown["tag"] as? String)))
  }

  private static func checked(_ tag: String?) throws -> String {
    guard let tag = tag, tag.isToken(max: 64) else { throw Unreadable(why: "its tag") }
    return tag
  }
}

/// What a person reads, and what a tap or a button needs.
struct Shown: Equatable {
  static let neutralTitle = "nudge"
  static let neutralBody = "There is news from your agents."

  private static let levels: Set = ["passive", "active", "time-sensitive"]
  private static let categories: Set = [
    Offer.permission, Offer.permissionCut, Offer.question,
  ]
  private static let idMax = 256

  let tag: String
  let title: String
  let body: String
  /// "passive", "active", "time-sensitive"
  let level: String
  /// nil: silent; "default": the system's
  let sound: String?
  let thread: String?
  /// How many wait for an answer; nil: the bridge did not say.
  let badge: Int?
  let category: String?
  /// The text is not the whole of what is asked: nobody may allow it from here.
  let isCut: Bool
  let kind: String?
  let event: String?
  let session: String?
  let route: Route?
  /// nil: nothing can be answered.
  let request: Request?

  init(_ shown: [String: Any], tag: String) {
    let data = shown["data"] as? [String: Any] ?? [:]
    func member(_ name: String) -> String? { data[name] as? String }
    func id(_ name: String) -> String? {
      member(name).flatMap { $0.isToken(max: Self.idMax) ? $0 : nil }
    }
    let isSilent = shown["silent"] as? Bool ?? false
    let level = member("level").flatMap { Self.levels.contains($0) ? $0 : nil } ?? "active"

    self.tag = tag
    title = Self.text(shown["title"]) ?? Self.neutralTitle
    body = Self.text(shown["body"]) ?? Self.neutralBody
    self.level = level
    sound = isSilent ? nil : member("sound") ?? "default"
    thread = id("thread")
    badge = (shown["app_badge"] as? Int).flatMap { $0 >= 0 ? $0 : nil }
    category = member("category").flatMap { Self.categories.contains($0) ? $0 : nil }
    isCut = member("cut") == "true" || category == Offer.permissionCut
    kind = member("kind")
    event = id("event_id")
    session = id("session_id")
    route = member("href").flatMap(Route.init)
    request = Request(id: id("request_id"), nonce: member("nonce"))
  }

  /// The category whose buttons fit.
  var offered: String {
    guard request != nil, let category = category else { return Offer.notice }
    return isCut ? Offer.permissionCut : category
  }

  /// nil: nothing to read.
  private static func text(_ value: Any?) -> String? {
    guard let text = value as? String,
      !text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty
    else { return nil }
    return text
  }
}
