// For tests on Linux: as much of Apple's ActivityKit as is called.
import Foundation

public protocol ActivityAttributes: Codable {
  associatedtype ContentState: Codable, Hashable
}

public enum ActivityState: Sendable { case active, ended, dismissed, stale }

public struct ActivityContent<State: Codable & Hashable & Sendable>: Sendable {
  public let state: State
}

public enum ActivityUIDismissalPolicy: Sendable { case immediate }

/// What iOS would do, as a test says.
public final class ActivityCenter: @unchecked Sendable {
  public nonisolated(unsafe) static var shared = ActivityCenter()

  fileprivate let starts = AsyncStream<Data>.makeStream()
  fileprivate let begun = AsyncStream<any Sendable>.makeStream()
  fileprivate var running: [any Sendable] = []

  public init() {}

  public func giveStartToken(_ token: Data) { starts.continuation.yield(token) }

  public func begin<Attributes: ActivityAttributes & Sendable>(_ activity: Activity<Attributes>) {
    running.append(activity)
    begun.continuation.yield(activity)
  }
}

public final class Activity<Attributes: ActivityAttributes & Sendable>: @unchecked Sendable
where Attributes.ContentState: Sendable {
  public let id = UUID().uuidString
  public let attributes: Attributes
  public private(set) var activityState = ActivityState.active
  private let tokens = AsyncStream<Data>.makeStream()
  private let states = AsyncStream<ActivityState>.makeStream()

  public init(attributes: Attributes) { self.attributes = attributes }

  public static var activities: [Activity] {
    ActivityCenter.shared.running.compactMap { $0 as? Activity }
  }

  public static var pushToStartTokenUpdates: AsyncStream<Data> {
    ActivityCenter.shared.starts.stream
  }

  public static var activityUpdates: AsyncCompactMapSequence<AsyncStream<any Sendable>, Activity> {
    ActivityCenter.shared.begun.stream.compactMap { $0 as? Activity }
  }

  public var pushTokenUpdates: AsyncStream<Data> { tokens.stream }
  public var activityStateUpdates: AsyncStream<ActivityState> { states.stream }

  public func end(
    _ content: ActivityContent<Attributes.ContentState>?,
    dismissalPolicy: ActivityUIDismissalPolicy
  ) async { become(.dismissed) }

  public func giveToken(_ token: Data) { tokens.continuation.yield(token) }

  public func become(_ state: ActivityState) {
    activityState = state
    states.continuation.yield(state)
  }
}
