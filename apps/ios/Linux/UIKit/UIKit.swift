// For tests on Linux: as much of Apple's UIKit as is called.
@_exported import Foundation

public struct UIBackgroundTaskIdentifier: Hashable, Sendable {
  let number: Int

  public static let invalid = UIBackgroundTaskIdentifier(number: 0)
}

@MainActor
open class UIApplication: NSObject {
  public static let shared = UIApplication()
  public nonisolated static let didBecomeActiveNotification = Notification.Name("didBecomeActive")
  public nonisolated static let didEnterBackgroundNotification = Notification.Name(
    "didEnterBackground")

  /// What a test looks at.
  public private(set) var registrations = 0
  public private(set) var tasks: Set<UIBackgroundTaskIdentifier> = []
  private var begun = 0

  public func registerForRemoteNotifications() { registrations += 1 }

  public func beginBackgroundTask(
    expirationHandler: (@MainActor @Sendable () -> Void)? = nil
  ) -> UIBackgroundTaskIdentifier {
    begun += 1
    let task = UIBackgroundTaskIdentifier(number: begun)
    tasks.insert(task)
    return task
  }

  public func endBackgroundTask(_ task: UIBackgroundTaskIdentifier) { tasks.remove(task) }
}
