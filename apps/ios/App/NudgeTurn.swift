// For the app and its widget.
import ActivityKit

/// What the bridge begins: its name is the attributes' type, its members are theirs.
@available(iOS 17.2, *)
struct NudgeTurn: ActivityAttributes, Sendable {
  typealias ContentState = TurnState

  let id: String
}
