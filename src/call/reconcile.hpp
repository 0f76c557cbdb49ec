#pragma once

#include <e2b/client.hpp>

namespace e2b {

// Asks what core/reconcile.hpp concludes from.
boost::asio::awaitable<Reconciliation> reconcile(Client& client, ReconcileRequest request,
                                                 CallOptions options);

} // namespace e2b
