// Does not compile with Boost before 1.84: where a success has an exception, its stackful coroutines rethrow
// that although it is null.
#include <e2b/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/spawn.hpp>

void call(e2b::Client& client, e2b::BulkRun& run, boost::asio::yield_context yield) {
#if defined(CALL)
    static_cast<void>(e2b::async_create_snapshot(client, "i0123456789abcdefghij", yield));
#elif defined(DEFERRED)
    static_cast<void>(e2b::async_create_snapshot(client, "i0123456789abcdefghij")(yield));
#elif defined(BOUND)
    boost::asio::cancellation_signal signal;
    auto bound = boost::asio::bind_executor(client.get_executor(),
                                            boost::asio::bind_cancellation_slot(signal.slot(), yield));
    static_cast<void>(e2b::async_create_snapshot(client, "i0123456789abcdefghij", std::move(bound)));
#else
    static_cast<void>(e2b::async_execute(run, std::vector<std::string>(), yield));
#endif
}
