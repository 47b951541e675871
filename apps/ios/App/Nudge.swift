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
  /// Publish with QoS 1. Returns whether the broker acknowledged it; if not, or
  /// once the task is cancelled, it must not be sent later: an answer would count
  /// that the person was told had not got through.
  func publish(_ publication: Publication) async -> Bool
  /// Show a session; nil: the app as it was.
  func open(_ route: Route?)
}

/// Registration, permission, answers and withdrawals.
@MainActor
final class Nudge: NSObject {
  static let shared = Nudge()

  weak var host: NudgeHost?

  /// How long an answer may take, in nanoseconds. iOS gives thirty seconds; in them
  /// the person must be told.
  var patience: UInt64 = 20_000_000_000

  /// What iOS says of Live Activities (Activities.swift): each change is registered.
  /// Kept: iOS does not say all of it again at each start, and an activity whose
  /// token is not registered could not be ended.
  var progress: Progress? {
    get {
      UserDefaults.standard.data(forKey: Self.kept)
        .flatMap { try? JSONDecoder().decode(Progress.self, from: $0) }
    }
    set {
      guard newValue != progress else { return }
      UserDefaults.standard.set(
        newValue.flatMap { try? JSONEncoder().encode($0) }, forKey: Self.kept)
      if let (token, group) = registered { register(token: token, group: group) }
    }
  }

  private static let kept = "nudge.progress"

  private var registered: (token: Data, group: String)?

  /// How long what a tap opened is on the screen until it is more than glanced at.
  var glance: UInt64 = 10_000_000_000

  /// What is on the screen since a tap, as long as that is a glance.
  private(set) var looking: Task<Void, Never>?

  private let center = UNUserNotificationCenter.current()
  private let replyVault = ReplyVault()
  private let log = Logger(subsystem: "nudge", category: "push")

  /// In application(_:didFinishLaunchingWithOptions:), before it returns: an
  /// answer from a notification starts the app too.
  func start(host: NudgeHost) {
    self.host = host
    center.delegate = self
    showButtons()
    _ = NotificationCenter.default.addObserver(
      forName: UIApplication.didEnterBackgroundNotification, object: nil, queue: .main
    ) { [weak self] _ in
      MainActor.assumeIsolated { self?.looking?.cancel() }
    }
    Task { if await mayNotify() { UIApplication.shared.registerForRemoteNotifications() } }
  }

  /// After the person let the app read a pairing text. The host keeps the rest.
  /// Throws: `Unreadable` if the keychain does not take the key.
  func pair(_ pairing: Pairing) throws {
    defer { showButtons() }
    try replyVault.keep(pairing.key)
  }

  /// When the person switches notifications on. iOS asks once; a no can be taken
  /// back in its settings alone.
  /// Returns: whether notifications may be shown.
  func askPermission() async -> Bool {
    let isGranted =
      (try? await center.requestAuthorization(options: [.alert, .sound, .badge])) ?? false
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
    registered = (token, group)
    do {
      let keys = try KeyVault(group: group).readOrMake()
      say { account, host in
        account.register(
          token: token, topic: Bundle.main.bundleIdentifier ?? "", keys: keys,
          name: host.deviceName, servers: host.servers, progress: progress)
      }
    } catch {
      log.error("not registered: \(String(describing: error), privacy: .public)")
    }
  }

  /// The person signs out.
  func unregister() {
    registered = nil
    say { account, _ in account.unregister() }
    do {
      try replyVault.keep(nil)
    } catch {
      log.error("the reply key stays: \(String(describing: error), privacy: .public)")
    }
    showButtons()
  }

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

  /// iOS shows a notification with the buttons of its category. Without a key
  /// nothing can be answered from here.
  private func showButtons() {
    center.setNotificationCategories(Offer.categories(canAnswer: replyVault.hasKey))
  }
}

/// Made to cross to the main thread, where the system wants it called.
private struct Done: @unchecked Sendable {
  let call: () -> Void
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
    let press = Press(response)
    let done = Done(call: done)
    Task { @MainActor in
      await respond(to: press)
      done.call()
    }
  }

  private func respond(to press: Press) async {
    switch press.offer {
    case .once, .reject, .answer:
      if await answer(press) == false { await tellNotAnswered(press) }
    default:
      let isDismissed = press.action == UNNotificationDismissActionIdentifier
      if !isDismissed { host?.open(press.texts["href"].flatMap(Route.init)) }
      guard let event = press.texts["event_id"], let account = host?.account else { return }
      if !isDismissed { look(at: event) }
      _ = await isPublished(account.seen(event))
    }
  }

  /// Ten seconds on the screen stop its reminders.
  private func look(at event: String) {
    looking?.cancel()
    looking = Task {
      guard (try? await Task.sleep(nanoseconds: glance)) != nil else { return }
      say { account, _ in account.seen(event, for: 10) }
    }
  }

  /// Returns: whether the broker has it.
  private func answer(_ press: Press) async -> Bool {
    do {
      guard let account = host?.account, let key = try replyVault.read(),
        let answer = press.answer(from: account, key: key)
      else { return false }
      return await isPublished(answer)
    } catch {
      log.error("not answered: \(String(describing: error), privacy: .public)")
      return false
    }
  }

  /// Whatever the host does, there is an answer within `patience`.
  private func isPublished(_ publication: Publication) async -> Bool {
    guard let host = host else { return false }
    let race = Race()
    let publishing = Task { race.end(await host.publish(publication)) }
    let waiting = Task {
      try? await Task.sleep(nanoseconds: patience)
      race.end(false)
    }
    let isDone = await race.result()
    publishing.cancel()
    waiting.cancel()
    return isDone
  }

  /// An answer that did not get through must not look as if it had.
  private func tellNotAnswered(_ press: Press) async {
    let content = UNMutableNotificationContent()
    content.title = press.title
    content.body = "Not answered. Tap to answer in the app."
    content.sound = .default
    content.threadIdentifier = press.thread
    content.categoryIdentifier = Offer.notice
    content.userInfo = press.texts
    let again = UNNotificationRequest(identifier: press.identifier, content: content, trigger: nil)
    try? await center.add(again)
  }
}
