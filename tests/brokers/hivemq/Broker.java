import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import java.nio.file.Files;
import java.nio.file.Path;

/** HiveMQ CE with a memory on the disk that lets anybody in. Usage: Broker PORT DIRECTORY */
public final class Broker {
    private static final class Open implements ExtensionMain {
        @Override
        public void extensionStart(final ExtensionStartInput in, final ExtensionStartOutput out) {
            final SimpleAuthenticator open = (input, output) -> output.authenticateSuccessfully();
            Services.securityRegistry().setAuthenticatorProvider(provider -> open);
        }

        @Override
        public void extensionStop(final ExtensionStopInput in, final ExtensionStopOutput out) {
        }
    }

    public static void main(final String[] arguments) throws Exception {
        final Path home = Path.of(arguments[1]);
        final Path conf = Files.createDirectories(home.resolve("conf"));
        Files.writeString(conf.resolve("config.xml"), "<hivemq><listeners><tcp-listener><port>"
                + arguments[0] + "</port><bind-address>127.0.0.1</bind-address></tcp-listener>"
                + "</listeners><anonymous-usage-statistics><enabled>false</enabled>"
                + "</anonymous-usage-statistics></hivemq>");
        final EmbeddedExtension open = EmbeddedExtension.builder()
                .withId("open").withName("open").withVersion("1").withAuthor("tests")
                .withPriority(0).withStartPriority(1000).withExtensionMain(new Open()).build();
        final EmbeddedHiveMQ broker = EmbeddedHiveMQ.builder()
                .withConfigurationFolder(conf)
                .withDataFolder(Files.createDirectories(home.resolve("data")))
                .withExtensionsFolder(Files.createDirectories(home.resolve("extensions")))
                .withEmbeddedExtension(open)
                .build();
        broker.start().join();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> broker.stop().join()));
        System.out.println("listening");
        Thread.currentThread().join();
    }
}
