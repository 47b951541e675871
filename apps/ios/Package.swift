// swift-tools-version:5.7
// Only to test; an app copies the files. See README.md. On a Mac Sources alone, with
// Apple's CryptoKit; on Linux App and Extension too, with stand-ins for what Apple
// brings, in Linux/.
import PackageDescription

#if os(Linux)
  let standins = ["ActivityKit", "CryptoKit", "Security", "UIKit", "UserNotifications", "os"]
  let code = ["Sources", "App", "Extension"]
  let tests = ["Tests/Sources", "Tests/Linux"]
  let more: [Target] =
    [.systemLibrary(name: "Crypto", path: "Linux/Crypto")]
    + standins.map { name in
      .target(
        name: name, dependencies: name == "CryptoKit" ? ["Crypto"] : [], path: "Linux/\(name)")
    }
#else
  let standins: [String] = []
  let code = ["Sources"]
  let tests = ["Tests/Sources"]
  let more: [Target] = []
#endif

let package = Package(
  name: "Nudge",
  platforms: [.iOS(.v15), .macOS(.v12)],
  targets: more + [
    .target(
      name: "Nudge", dependencies: standins.map { .byName(name: $0) }, path: ".",
      exclude: ["README.md", "Linux", "Tests", "Extension/Info.plist"], sources: code),
    .testTarget(
      name: "NudgeTests", dependencies: ["Nudge"] + standins.map { .byName(name: $0) },
      path: ".", exclude: ["README.md", "Linux", "Sources", "App", "Extension"], sources: tests),
  ]
)
