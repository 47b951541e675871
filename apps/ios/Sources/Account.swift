import Foundation

/// One document for the broker, QoS 1.
struct Publication: Equatable, Sendable {
  let topic: String
  let payload: String
  var isRetained = false
}

/// What this device says, as docs/schema has it: device, presence, ack, reply.
struct Account: Equatable, Sendable {
  /// The first level of all topics.
  let root: String
  /// [A-Za-z0-9_-]{1,64}, as `device`.
  let user: String
  let device: String

  init(root: String = "nudge", user: String, device: String) {
    self.root = root
    self.user = user
    self.device = device
  }

  /// `device` is this phone's, made once and kept.
  init(_ pairing: Pairing, device: String) {
    self.init(root: pairing.root, user: pairing.user, device: device)
  }

  /// `token` as APNs gave it; `name` for people; `topic` the app's bundle id;
  /// `servers` maps a host to the address under which this phone knows its
  /// OpenCode. The environment stays unsaid: the bridge finds it out, and is
  /// right where a build's flags are not. `progress` nil: this app shows no turns.
  func register(
    token: Data, topic: String, keys: DeviceKeys, name: String, servers: [String: String],
    progress: Progress? = nil
  ) -> Publication {
    var document: [String: Any] = [
      "platform": "apns",
      "token": token.hex,
      "topic": topic,
      "encrypt": keys.registration,
      "name": name,
      "acks": true,
    ]
    if let progress = progress { document["progress"] = progress.registration }
    if !servers.isEmpty { document["servers"] = servers }
    return Publication(topic: registration, payload: Self.json(document), isRetained: true)
  }

  /// This device gets nothing any more.
  func unregister() -> Publication {
    Publication(topic: registration, payload: "", isRetained: true)
  }

  /// To be said again before `seconds` are over.
  func foreground(for seconds: Int) -> Publication {
    presence(Self.json(["state": "foreground", "ttl_s": seconds]))
  }

  /// Also the Last Will of the app's connection.
  func background() -> Publication { presence("background") }

  /// The person has seen it: the same notification on other devices goes.
  func seen(_ event: String) -> Publication {
    Publication(topic: "\(root)/\(user)/ack", payload: event)
  }

  /// It was open here for so long, no mere glance: from ten seconds on nothing reminds
  /// of it any more.
  func seen(_ event: String, for seconds: Int) -> Publication {
    Publication(
      topic: "\(root)/\(user)/ack",
      payload: Self.json(["event": event, "device": device, "open_s": seconds]))
  }

  /// `reply` is "once", "always" or "reject".
  func reply(_ reply: String, to request: Request, key: ReplyKey) -> Publication {
    answer(["reply": reply], to: request, key: key)
  }

  /// One question, answered in the person's own words.
  func answer(_ words: String, to request: Request, key: ReplyKey) -> Publication {
    answer(["answers": [[words]]], to: request, key: key)
  }

  private var registration: String { "\(root)/\(user)/device/\(device)" }

  private func presence(_ payload: String) -> Publication {
    Publication(topic: "\(root)/\(user)/presence/\(device)", payload: payload, isRetained: true)
  }

  private func answer(_ document: [String: Any], to request: Request, key: ReplyKey) -> Publication
  {
    let both = document.merging(["request": request.id, "nonce": request.nonce]) { $1 }
    let text = Self.json(both)
    return Publication(
      topic: "\(root)/\(user)/reply",
      payload: Self.json(["signed": text, "mac": key.code(of: text)]))
  }

  /// Of texts, numbers, arrays and objects alone, which is always JSON.
  private static func json(_ document: [String: Any]) -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    let data = try? JSONSerialization.data(withJSONObject: document, options: options)
    return String(decoding: data ?? Data("{}".utf8), as: UTF8.self)
  }
}
