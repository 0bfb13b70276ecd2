/** An in-process server with hand-written fake activities, one class an interface. */
package lyceum.workflows.testing;
