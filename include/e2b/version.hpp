#pragma once

/// The library's version. It follows semantic versioning; before 1.0, a minor version may change the API.
#define E2B_SNAPSHOT_VERSION_MAJOR 0
/// See `E2B_SNAPSHOT_VERSION_MAJOR`.
#define E2B_SNAPSHOT_VERSION_MINOR 1
/// See `E2B_SNAPSHOT_VERSION_MAJOR`.
#define E2B_SNAPSHOT_VERSION_PATCH 0

/// The version as one number, for comparisons: major * 10000 + minor * 100 + patch.
#define E2B_SNAPSHOT_VERSION                                                                                 \
    (E2B_SNAPSHOT_VERSION_MAJOR * 10000 + E2B_SNAPSHOT_VERSION_MINOR * 100 + E2B_SNAPSHOT_VERSION_PATCH)

/// The version as text.
#define E2B_SNAPSHOT_VERSION_STRING "0.1.0"
