import UIKit
import UserNotifications
import os

/// What only the app knows. Called on the main thread.
@MainActor
protocol NudgeHost: AnyObject {
  /// nil: not paired with a broker yet; then nothing is said to anybody.
  var account: Account? { get }
  /// For people, "Alice's iPhone".
  var deviceName: String { get }
  /// Host → the address under which this phone knows its OpenCode.
  var servers: [String: String] { get }
  /// Publish with QoS 1; at most twenty seconds. Returns whether the broker
  /// acknowledged it.
  func publish(_ publication: Publication) async -> Bool
  /// Show a session; nil: the app as it was.
  func open(_ route: Route?)
}

/// Registration, permission, answers and withdrawals.
@MainActor
final class Nudge: NSObject {
  static let shared = Nudge()

  weak var host: NudgeHost?

  private let center = UNUserNotificationCenter.current()

  /// In application(_:didFinishLaunchingWithOptions:), before it returns: an
  /// answer from a notification starts the app too.
  func start(host: NudgeHost) {
    self.host = host
    center.delegate = self
    center.setNotificationCategories(Self.categories)
    Task { if await mayNotify() { UIApplication.shared.registerForRemoteNotifications() } }
  }

  /// When the person switches notifications on. iOS asks once; a no can be taken
  /// back in its settings alone.
  /// Returns: whether notifications may be shown.
  func askPermission() async -> Bool {
    let isGranted = (try? await center.requestAuthorization(options: [.alert, .sound, .badge])) ?? false
    if isGranted { UIApplication.shared.registerForRemoteNotifications() }
    return isGranted
  }

  func mayNotify() async -> Bool {
    switch await center.notificationSettings().authorizationStatus {
    case .authorized, .provisional, .ephemeral: return true
    default: return false
    }
  }

  /// From application(_:didRegisterForRemoteNotificationsWithDeviceToken:), which
  /// comes at each start. `group` as in KeyVault.
  func register(token: Data, group: String) {
    do {
      let keys = try KeyVault(group: group).readOrMake()
      say { account, host in
        account.register(
          token: token, topic: Bundle.main.bundleIdentifier ?? "", keys: keys,
          name: host.deviceName, servers: host.servers)
      }
    } catch {
      Logger(subsystem: "nudge", category: "push").error(
        "not registered: \(String(describing: error), privacy: .public)")
    }
  }

  /// The person signs out.
  func unregister() { say { account, _ in account.unregister() } }

  /// From application(_:didReceiveRemoteNotification:fetchCompletionHandler:).
  /// Returns: whether it was ours: a notification that is taken away.
  func receive(_ userInfo: [AnyHashable: Any]) -> Bool {
    let message = try? Message.of(userInfo: userInfo) { throw Unreadable(why: "not sealed here") }
    guard case .withdraw(let tag)? = message else { return false }
    // iOS names a remote notification by its collapse id, which is the tag.
    center.removeDeliveredNotifications(withIdentifiers: [tag])
    return true
  }

  func say(_ what: (Account, NudgeHost) -> Publication) {
    guard let host = host, let account = host.account else { return }
    let publication = what(account, host)
    Task { _ = await host.publish(publication) }
  }

  /// Who holds a locked phone may not let the agent do things.
  private static var categories: Set<UNNotificationCategory> {
    let once = UNNotificationAction(
      identifier: "once", title: "Approve once", options: .authenticationRequired)
    let reject = UNNotificationAction(
      identifier: "reject", title: "Reject", options: [.authenticationRequired, .destructive])
    let answer = UNTextInputNotificationAction(
      identifier: "answer", title: "Answer", options: .authenticationRequired,
      textInputButtonTitle: "Send", textInputPlaceholder: "Your answer")
    let buttons: [String: [UNNotificationAction]] = [
      "NUDGE_PERMISSION": [once, reject], "NUDGE_QUESTION": [answer], "NUDGE_NOTICE": [],
    ]
    return Set(
      buttons.map { name, actions in
        UNNotificationCategory(
          identifier: name, actions: actions, intentIdentifiers: [], options: .customDismissAction)
      })
  }
}

extension Nudge: UNUserNotificationCenterDelegate {
  /// The bridge knows who looks; what it pushes all the same is meant to be seen.
  nonisolated func userNotificationCenter(
    _ center: UNUserNotificationCenter, willPresent notification: UNNotification,
    withCompletionHandler done: @escaping (UNNotificationPresentationOptions) -> Void
  ) {
    done([.banner, .list, .sound, .badge])
  }

  nonisolated func userNotificationCenter(
    _ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse,
    withCompletionHandler done: @escaping () -> Void
  ) {
    Task { @MainActor in
      await respond(to: response)
      done()
    }
  }

  private func respond(to response: UNNotificationResponse) async {
    let userInfo = response.notification.request.content.userInfo
    func text(_ name: String) -> String? { userInfo[name] as? String }
    let request = Request(id: text("request_id"), nonce: text("nonce"))

    switch response.actionIdentifier {
    case "once", "reject":
      await answer(response) { account in
        request.map { account.reply(response.actionIdentifier, to: $0) }
      }
    case "answer":
      let words = (response as? UNTextInputNotificationResponse)?.userText ?? ""
      await answer(response) { account in
        words.isEmpty ? nil : request.map { account.answer(words, to: $0) }
      }
    default:
      if let event = text("event_id"), let host = host, let account = host.account {
        _ = await host.publish(account.seen(event))
      }
      if response.actionIdentifier == UNNotificationDefaultActionIdentifier {
        host?.open(text("href").flatMap(Route.init))
      }
    }
  }

  /// An answer that did not get through must not look as if it had.
  private func answer(
    _ response: UNNotificationResponse, with publication: (Account) -> Publication?
  ) async {
    if let host = host, let account = host.account, let answer = publication(account),
      await host.publish(answer)
    {
      return
    }
    let shown = response.notification.request
    guard let content = shown.content.mutableCopy() as? UNMutableNotificationContent else { return }
    content.body = "Not answered. Tap to answer in the app."
    content.categoryIdentifier = "NUDGE_NOTICE"
    let again = UNNotificationRequest(identifier: shown.identifier, content: content, trigger: nil)
    try? await center.add(again)
  }
}
