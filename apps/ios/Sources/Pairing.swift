import Foundation

/// What `nudge pair` shows (docs/pairing.md): where the broker is, and as whom.
/// It holds secrets: keep it in the keychain, and out of logs.
struct Pairing {
  let user: String
  /// mqtt:// or mqtts://; nil: only a page can connect.
  let broker: String?
  /// ws:// or wss://
  let ws: String?
  /// The login at the broker; nil: it takes anybody.
  let username: String?
  /// nil: ask the person, if there is a `username`.
  let password: String?
  /// The first level of all topics, or several.
  let root: String
  /// sha256 of the CA certificate (DER), 64 hexadecimal digits.
  let ca: String?
  /// nil: this phone cannot answer.
  let key: ReplyKey?

  /// Both forms: `nudge:pair?…`, and the address of a page with the same after `#pair?`.
  /// Throws: `Unreadable`; its `why` is a sentence for the person, without secrets.
  init(_ text: String) throws {
    let members = try Self.members(of: text)
    func member(_ name: String, _ isIt: (String) -> Bool) throws -> String? {
      guard let value = members[name] else { return nil }
      guard isIt(value) else {
        throw Unreadable(
          why: "The pairing text's \(name) is damaged or wrong: run nudge pair again.")
      }
      return value
    }
    guard let user = try member("user", { $0.isToken(max: 64) && $0 != "bridge" }) else {
      throw Unreadable(why: "The pairing text names no user: run nudge pair again.")
    }
    self.user = user
    broker = try member("broker") { Self.isAddress($0, schemes: ["mqtt", "mqtts"]) }
    ws = try member("ws") { Self.isAddress($0, schemes: ["ws", "wss"]) }
    guard broker != nil || ws != nil else {
      throw Unreadable(why: "The pairing text names no broker: run nudge pair again.")
    }
    username = try member("username") { !$0.isEmpty && !$0.hasControls }
    password = try member("password") { _ in true }
    root = try member("root", Self.isTopic) ?? "nudge"
    ca = try member("ca") {
      $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) && $0.isToken(max: 64)
    }
    key = try member("key") { ReplyKey(text: $0) != nil }.flatMap(ReplyKey.init(text:))
  }

  private static func members(of text: String) throws -> [String: String] {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let start =
      text.hasPrefix("nudge:pair?") ? text.range(of: "nudge:pair?") : text.range(of: "#pair?")
    guard let start = start else {
      throw Unreadable(why: "That is no pairing text: scan what nudge pair shows.")
    }
    var members: [String: String] = [:]
    for member in text[start.upperBound...].split(separator: "&") {
      let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard parts.count == 2, let value = parts[1].removingPercentEncoding else {
        throw Unreadable(why: "The pairing text is damaged: scan or copy it again.")
      }
      guard members.updateValue(value, forKey: name) == nil else {
        throw Unreadable(
          why: "The pairing text says \(name) twice: do not trust where it came from.")
      }
    }
    return members
  }

  /// No login in it: that would stand in logs.
  private static func isAddress(_ text: String, schemes: Set<String>) -> Bool {
    guard !text.hasControls, let url = URLComponents(string: text) else { return false }
    return schemes.contains(url.scheme ?? "") && !(url.host ?? "").isEmpty
      && url.user == nil && url.password == nil && url.fragment == nil
  }

  private static func isTopic(_ text: String) -> Bool {
    !text.hasControls && !text.contains(where: { "+# ".contains($0) })
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
  }
}
