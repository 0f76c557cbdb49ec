// A program that uses the library, compiled in another way than it.
#include <e2b/client.hpp>

#include <boost/asio/io_context.hpp>

int main() {
    boost::asio::io_context context;
    e2b::Client const client(context.get_executor(), e2b::ClientConfig());
}
