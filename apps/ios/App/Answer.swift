import UserNotifications

/// Who holds a locked phone may not let the agent do things.
private func button(_ offer: Offer) -> UNNotificationAction {
  switch offer {
  case .open:
    return UNNotificationAction(identifier: offer.rawValue, title: "Open", options: .foreground)
  case .once:
    return UNNotificationAction(
      identifier: offer.rawValue, title: "Allow once", options: .authenticationRequired)
  case .reject:
    return UNNotificationAction(
      identifier: offer.rawValue, title: "Reject", options: [.authenticationRequired, .destructive])
  case .answer:
    return UNTextInputNotificationAction(
      identifier: offer.rawValue, title: "Answer", options: .authenticationRequired,
      textInputButtonTitle: "Send", textInputPlaceholder: "Your answer")
  }
}

extension Offer {
  /// What iOS is to know of them.
  static func categories(canAnswer: Bool) -> Set<UNNotificationCategory> {
    Set(
      buttons(canAnswer: canAnswer).map { name, offers in
        UNNotificationCategory(
          identifier: name, actions: offers.map(button), intentIdentifiers: [],
          options: .customDismissAction)
      })
  }
}

/// What the person did with a notification, and what it said.
struct Press: Sendable {
  let action: String
  let words: String?
  let identifier: String
  let title: String
  let thread: String
  /// What the push carried for us.
  let texts: [String: String]

  init(_ response: UNNotificationResponse) {
    let shown = response.notification.request
    action = response.actionIdentifier
    words = (response as? UNTextInputNotificationResponse)?.userText
    identifier = shown.identifier
    title = shown.content.title
    thread = shown.content.threadIdentifier
    var texts: [String: String] = [:]
    for (name, value) in shown.content.userInfo {
      if let name = name as? String, let text = value as? String { texts[name] = text }
    }
    self.texts = texts
  }

  /// nil: a tap, or swiped away.
  var offer: Offer? { Offer(rawValue: action) }

  /// nil: this cannot be answered so.
  func answer(from account: Account, key: ReplyKey) -> Publication? {
    guard let request = Request(id: texts["request_id"], nonce: texts["nonce"]) else { return nil }
    let isCut = texts["cut"] == "true"
    switch offer {
    case .reject: return account.reply("reject", to: request, key: key)
    case .once where !isCut: return account.reply("once", to: request, key: key)
    case .answer where !isCut && words?.isEmpty == false:
      return account.answer(words ?? "", to: request, key: key)
    default: return nil
    }
  }
}

/// The first to end it wins.
@MainActor
final class Race {
  private var ended: Bool?
  private var waiter: CheckedContinuation<Bool, Never>?

  func end(_ isWon: Bool) {
    guard ended == nil else { return }
    ended = isWon
    waiter?.resume(returning: isWon)
  }

  func result() async -> Bool {
    if let ended = ended { return ended }
    return await withCheckedContinuation { waiter = $0 }
  }
}
