import java.io.File;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;

/** Artemis with a memory on the disk that lets anybody in. Usage: Broker PORT DIRECTORY */
public final class Broker {
    public static void main(final String[] arguments) throws Exception {
        final File home = new File(arguments[1]);
        final Configuration configuration = new ConfigurationImpl()
                .setSecurityEnabled(false)
                .setPersistenceEnabled(true)
                .setJournalType(JournalType.NIO)
                .setJournalDirectory(new File(home, "journal").getPath())
                .setBindingsDirectory(new File(home, "bindings").getPath())
                .setLargeMessagesDirectory(new File(home, "large").getPath())
                .setPagingDirectory(new File(home, "paging").getPath())
                .addAcceptorConfiguration("mqtt",
                        "tcp://127.0.0.1:" + arguments[0] + "?protocols=MQTT");
        final EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfiguration(configuration);
        broker.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                broker.stop();
            } catch (final Exception failure) {
                failure.printStackTrace();
            }
        }));
        System.out.println("listening");
        Thread.currentThread().join();
    }
}
