import UserNotifications
import os

/// Puts what was sealed in place of the neutral text. Whatever goes wrong, the
/// neutral text is shown. All of it takes milliseconds and a few kilobytes: the
/// system ends an extension at 24 MB.
final class NotificationService: UNNotificationServiceExtension {
  /// The keychain group, "$(AppIdentifierPrefix)…".
  var group = Bundle.main.object(forInfoDictionaryKey: "NudgeKeychainGroup") as? String

  private var handler: ((UNNotificationContent) -> Void)?
  private var original: UNNotificationContent?

  override func didReceive(
    _ request: UNNotificationRequest,
    withContentHandler handler: @escaping (UNNotificationContent) -> Void
  ) {
    self.handler = handler
    original = request.content
    finish(with: opened(request.content))
  }

  override func serviceExtensionTimeWillExpire() {
    if let original = original { finish(with: original) }
  }

  private func finish(with content: UNNotificationContent) {
    handler?(content)
    handler = nil
  }

  private func opened(_ content: UNNotificationContent) -> UNNotificationContent {
    do {
      let message = try Message.of(userInfo: content.userInfo, keys: keys)
      guard case .show(let shown)? = message,
        let copy = content.mutableCopy() as? UNMutableNotificationContent
      else { return content }
      shown.write(to: copy)
      return copy
    } catch {
      Logger(subsystem: "nudge", category: "push").error(
        "a push that cannot be read: \(String(describing: error), privacy: .public)")
      return content
    }
  }

  private func keys() throws -> DeviceKeys {
    guard let group = group, let keys = try KeyVault(group: group).read() else {
      throw Unreadable(why: "no keys: the app has not run yet")
    }
    return keys
  }
}

extension Shown {
  /// What was neutral becomes what the person reads.
  func write(to content: UNMutableNotificationContent) {
    content.title = title
    content.body = body
    content.sound = notificationSound
    content.interruptionLevel = interruption
    if let thread = thread { content.threadIdentifier = thread }
    if let badge = badge { content.badge = NSNumber(value: badge) }
    content.categoryIdentifier = offered
    content.userInfo = carried
  }

  /// The same names as in a push that is not sealed.
  private var carried: [AnyHashable: Any] {
    let all: [String: String?] = [
      "kind": kind, "event_id": event, "session_id": session, "href": route?.href,
      "request_id": request?.id, "nonce": request?.nonce,
      "cut": isCut ? "true" : nil,
    ]
    return all.compactMapValues { $0 }
  }

  private var notificationSound: UNNotificationSound? {
    switch sound {
    case nil: return nil
    case "default"?: return .default
    case let name?: return UNNotificationSound(named: UNNotificationSoundName(name))
    }
  }

  private var interruption: UNNotificationInterruptionLevel {
    switch level {
    case "passive": return .passive
    case "time-sensitive": return .timeSensitive
    default: return .active
    }
  }
}
