#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

namespace e2b::net {

// Where all of a client's state lives.
using Strand = boost::asio::strand<boost::asio::any_io_executor>;

} // namespace e2b::net
