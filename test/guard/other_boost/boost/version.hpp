// Says that Boost is another version than it is.
#include_next <boost/version.hpp>
#undef BOOST_VERSION
#define BOOST_VERSION 107900
