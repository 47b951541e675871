// For tests on Linux: as much of Apple's unified logging as is called.
import Foundation

public struct OSLogPrivacy: Sendable {
  public static let `public` = OSLogPrivacy()
}

public struct OSLogMessage: ExpressibleByStringInterpolation {
  public struct Interpolation: StringInterpolationProtocol {
    var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) { text += literal }

    public mutating func appendInterpolation(_ value: String, privacy: OSLogPrivacy) {
      text += value
    }
  }

  let text: String

  public init(stringLiteral text: String) { self.text = text }

  public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }
}

public struct Logger: Sendable {
  private let name: String

  public init(subsystem: String, category: String) { name = "\(subsystem).\(category)" }

  public func error(_ message: OSLogMessage) {
    FileHandle.standardError.write(Data("\(name): \(message.text)\n".utf8))
  }
}
