// Nothing of the library or of Asio but what they must have been compiled with alike.
#include <e2b/detail/built_alike.hpp>

int main() {}
