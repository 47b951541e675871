import ActivityKit
import Foundation

/// Tells the bridge where Live Activities are begun and told anew: it alone begins,
/// tells and ends them. iOS starts the app for a while when it does.
@available(iOS 17.2, *)
@MainActor
final class Activities {
  private var tasks: [Task<Void, Never>] = []

  /// Keep it as long as the app runs. After `Nudge.shared.start`.
  init() {
    tasks = [
      Task {
        for await token in Activity<NudgeTurn>.pushToStartTokenUpdates {
          change { $0.start = token }
        }
      },
      Task { for await activity in Activity<NudgeTurn>.activityUpdates { follow(activity) } },
    ]
    let running = Activity<NudgeTurn>.activities
    if Nudge.shared.progress != nil {
      let ids = Set(running.map(\.attributes.id))
      change { $0.turns = $0.turns.filter { ids.contains($0.key) } }
    }
    running.forEach { follow($0) }
  }

  deinit { tasks.forEach { $0.cancel() } }

  private func change(_ what: (inout Progress) -> Void) {
    var progress = Nudge.shared.progress ?? Progress()
    what(&progress)
    Nudge.shared.progress = progress
  }

  private func follow(_ activity: Activity<NudgeTurn>) {
    let id = activity.attributes.id
    endOthers(than: activity)
    tasks.append(
      Task { for await token in activity.pushTokenUpdates { change { $0.turns[id] = token } } })
    tasks.append(
      Task {
        for await state in activity.activityStateUpdates where state != .active && state != .stale {
          change { $0.turns[id] = nil }
          return
        }
      })
  }

  /// The bridge began it once more, because nobody had told it of the first.
  private func endOthers(than activity: Activity<NudgeTurn>) {
    for other in Activity<NudgeTurn>.activities
    where other.attributes.id == activity.attributes.id && other.id != activity.id {
      Task { await other.end(nil, dismissalPolicy: .immediate) }
    }
  }
}
