// Links the library and has it refuse a configuration.
#include <e2b/client.hpp>

#include <boost/asio/io_context.hpp>

#include <string>

int main() {
    boost::asio::io_context context;
    e2b::ClientConfig config;
    try {
        e2b::Client const client(context.get_executor(), config);
    } catch (e2b::ConfigError const& error) {
        return error.field() == "api_key" ? 0 : 1;
    }
    return 1;
}
