#pragma once

/// \file
/// All of the library `e2b::snapshot`. Not here is what libraries of their own have: `e2b/simulator.hpp`
/// (`e2b::simulator`) and `e2b/prometheus.hpp` (`e2b::prometheus`).
///
/// Why so many types here have constructors that do nothing (`CallOptions() {}`, `RetryPolicy() noexcept
/// {}`): g++ 12 destroys a temporary of an aggregate class twice where it stands in one expression with
/// `co_await`, as in `co_await client.create_snapshot(id, CallOptions())`, and a constructor makes the class
/// no aggregate.

#include <e2b/async.hpp>
#include <e2b/bulk.hpp>
#include <e2b/client.hpp>
#include <e2b/format.hpp>
#include <e2b/pages.hpp>
#include <e2b/reconcile.hpp>
#include <e2b/shard.hpp>
#include <e2b/version.hpp>

/// \namespace e2b
/// The library.
