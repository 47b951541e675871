// For tests on Linux: as much of Apple's UserNotifications as is called.
@_exported import Foundation

public struct UNNotificationSoundName: Equatable, Sendable {
  let name: String

  public init(_ name: String) { self.name = name }
}

public final class UNNotificationSound: NSObject, Sendable {
  public static let `default` = UNNotificationSound(named: UNNotificationSoundName(""))

  private let name: UNNotificationSoundName

  public init(named name: UNNotificationSoundName) { self.name = name }

  public override func isEqual(_ other: Any?) -> Bool {
    (other as? UNNotificationSound)?.name == name
  }
}

public enum UNNotificationInterruptionLevel: Sendable {
  case passive, active, timeSensitive, critical
}

open class UNNotificationContent: NSObject {
  public internal(set) var title = ""
  public internal(set) var body = ""
  public internal(set) var sound: UNNotificationSound?
  public internal(set) var badge: NSNumber?
  public internal(set) var threadIdentifier = ""
  public internal(set) var categoryIdentifier = ""
  public internal(set) var interruptionLevel = UNNotificationInterruptionLevel.active
  public internal(set) var userInfo: [AnyHashable: Any] = [:]

  open override func mutableCopy() -> Any {
    let copy = UNMutableNotificationContent()
    copy.title = title
    copy.body = body
    copy.sound = sound
    copy.badge = badge
    copy.threadIdentifier = threadIdentifier
    copy.categoryIdentifier = categoryIdentifier
    copy.interruptionLevel = interruptionLevel
    copy.userInfo = userInfo
    return copy
  }
}

public final class UNMutableNotificationContent: UNNotificationContent {
  public override var title: String {
    get { super.title }
    set { super.title = newValue }
  }
  public override var body: String {
    get { super.body }
    set { super.body = newValue }
  }
  public override var sound: UNNotificationSound? {
    get { super.sound }
    set { super.sound = newValue }
  }
  public override var badge: NSNumber? {
    get { super.badge }
    set { super.badge = newValue }
  }
  public override var threadIdentifier: String {
    get { super.threadIdentifier }
    set { super.threadIdentifier = newValue }
  }
  public override var categoryIdentifier: String {
    get { super.categoryIdentifier }
    set { super.categoryIdentifier = newValue }
  }
  public override var interruptionLevel: UNNotificationInterruptionLevel {
    get { super.interruptionLevel }
    set { super.interruptionLevel = newValue }
  }
  public override var userInfo: [AnyHashable: Any] {
    get { super.userInfo }
    set { super.userInfo = newValue }
  }
}

public class UNNotificationTrigger: NSObject {}

public final class UNNotificationRequest: NSObject {
  public let identifier: String
  public let content: UNNotificationContent

  public init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {
    self.identifier = identifier
    self.content = content
  }
}

public final class UNNotification: NSObject {
  public let request: UNNotificationRequest

  public init(request: UNNotificationRequest) { self.request = request }
}

open class UNNotificationServiceExtension: NSObject {
  open func didReceive(
    _ request: UNNotificationRequest,
    withContentHandler handler: @escaping (UNNotificationContent) -> Void
  ) {}

  open func serviceExtensionTimeWillExpire() {}
}
