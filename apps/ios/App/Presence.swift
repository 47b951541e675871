import UIKit

/// Says whether somebody looks at the app. Not for an app whose web page does it
/// with nudge-client: then there would be two voices for one device.
@MainActor
final class Presence {
  private static let seconds = 90

  private var clock: Timer?
  private var task = UIBackgroundTaskIdentifier.invalid

  /// Keep it as long as the app runs.
  init() {
    observe(UIApplication.didBecomeActiveNotification) { $0.appear() }
    observe(UIApplication.didEnterBackgroundNotification) { $0.disappear() }
  }

  private func observe(_ name: Notification.Name, _ what: @escaping @MainActor (Presence) -> Void) {
    _ = NotificationCenter.default.addObserver(forName: name, object: nil, queue: .main) {
      [weak self] _ in
      MainActor.assumeIsolated {
        if let self = self { what(self) }
      }
    }
  }

  private func appear() {
    say()
    clock?.invalidate()
    clock = Timer.scheduledTimer(withTimeInterval: Double(Self.seconds) / 2, repeats: true) {
      [weak self] _ in
      MainActor.assumeIsolated { self?.say() }
    }
  }

  private func say() {
    Nudge.shared.say { account, _ in account.foreground(for: Self.seconds) }
  }

  /// iOS stops an app soon after it left the screen; this asks for a little longer.
  private func disappear() {
    clock?.invalidate()
    clock = nil
    guard let host = Nudge.shared.host, let account = host.account else { return }
    endTask()
    task = UIApplication.shared.beginBackgroundTask { [weak self] in
      MainActor.assumeIsolated { self?.endTask() }
    }
    Task {
      _ = await host.publish(account.background())
      endTask()
    }
  }

  private func endTask() {
    if task != .invalid { UIApplication.shared.endBackgroundTask(task) }
    task = .invalid
  }
}
