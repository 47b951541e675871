// swift-tools-version:5.7
// Only to test Sources on a Mac; an app copies the files. See README.md.
import PackageDescription

let package = Package(
  name: "Nudge",
  platforms: [.iOS(.v15), .macOS(.v12)],
  targets: [
    .target(name: "Nudge", path: "Sources"),
    .testTarget(name: "NudgeTests", dependencies: ["Nudge"], path: "Tests"),
  ]
)
