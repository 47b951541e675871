import Foundation
import XCTest

@testable import Nudge

/// tests/vectors: what the bridge sends, and what must be refused.
enum Vectors {
  typealias JSON = [String: Any]

  nonisolated(unsafe) static let push = load("push.json")
  nonisolated(unsafe) static let reading = load("reading.json")
  nonisolated(unsafe) static let replies = load("replies.json")
  nonisolated(unsafe) static let pairing = load("pairing.json")
  nonisolated(unsafe) static let messages = push["messages"] as! [JSON]
  nonisolated(unsafe) static let broken = push["broken"] as! [JSON]
  static let keys: DeviceKeys = make(device["private"] as! String)
  static let otherKeys: DeviceKeys = make(push["another_private"] as! String)
  nonisolated(unsafe) static let device = push["device"] as! JSON

  static func message(_ name: String) -> JSON {
    messages.first { $0["name"] as? String == name }!
  }

  static func body(_ vector: JSON) -> Data {
    Base64URL.decode(vector["body"] as! String) ?? Data()
  }

  private static func make(_ scalar: String) -> DeviceKeys {
    DeviceKeys(data: Base64URL.decode(scalar)! + Base64URL.decode(device["auth"] as! String)!)!
  }

  private static func load(_ name: String) -> JSON {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let data = try! Data(contentsOf: root.appendingPathComponent("tests/vectors/\(name)"))
    return try! JSONSerialization.jsonObject(with: data) as! JSON
  }
}
