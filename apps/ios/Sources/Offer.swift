/// What a notification's buttons do.
enum Offer: String {
  /// Show the session.
  case open
  /// Allow it, this time.
  case once
  case reject
  /// In the person's own words.
  case answer

  // Categories: the bridge names one, and iOS shows its buttons.
  static let permission = "NUDGE_PERMISSION"
  static let permissionCut = "NUDGE_PERMISSION_CUT"
  static let question = "NUDGE_QUESTION"
  static let notice = "NUDGE_NOTICE"

  /// The buttons of each category. What is not shown whole can only be refused;
  /// without a key nothing can be answered at all.
  static func buttons(canAnswer: Bool) -> [String: [Offer]] {
    [
      permission: canAnswer ? [.once, .reject] : [.open],
      permissionCut: canAnswer ? [.open, .reject] : [.open],
      question: canAnswer ? [.answer] : [.open],
      notice: [],
    ]
  }
}
