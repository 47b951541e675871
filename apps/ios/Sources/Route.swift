import Foundation

/// Where a tap leads: "/server/<base64url(server)>/session/<id>", or
/// "/<base64url(directory)>/session/<id>" where the phone did not say how it
/// reaches the host. Whether it knows that server is for the app to decide.
struct Route: Equatable {
  private static let hrefMax = 2048
  private static let sessionMax = 256

  let href: String
  let server: String?
  let directory: String?
  let session: String

  /// nil: leads nowhere in this app.
  init?(_ href: String) {
    guard href.utf8.count <= Self.hrefMax else { return nil }
    var parts = href.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.first == "" else { return nil }
    parts.removeFirst()
    let isServer = parts.count == 4 && parts[0] == "server"
    if isServer { parts.removeFirst() }
    guard parts.count == 3, parts[1] == "session", parts[2].isToken(max: Self.sessionMax),
      let base = Self.decode(parts[0])
    else { return nil }
    if isServer && !base.hasPrefix("http://") && !base.hasPrefix("https://") { return nil }
    self.href = href
    server = isServer ? base : nil
    directory = isServer ? nil : base
    session = parts[2]
  }

  private static func decode(_ text: String) -> String? {
    guard let data = Base64URL.decode(text), let base = String(data: data, encoding: .utf8),
      !base.hasControls
    else { return nil }
    return base
  }
}
