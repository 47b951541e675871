package nudge.app

import java.io.File
import java.security.KeyStore
import java.security.MessageDigest
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import kotlin.concurrent.thread
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import nudge.Pairing
import nudge.Publication
import nudge.Request
import nudge.Vectors
import org.junit.After
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What the app says to a broker, on sockets of this machine. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], manifest = Config.NONE)
class BrokerTest {
  @get:Rule
  val folder = TemporaryFolder()

  private val fake = FakeBroker()

  @Before
  fun `have patience with a busy machine`() {
    Broker.ackMs = 60_000
    Broker.wordMs = 60_000
  }

  @After
  fun `close the broker`() = fake.close()

  private fun pairing(port: Int = fake.port, scheme: String = "mqtt", more: String = "") =
    Pairing.of("nudge:pair?user=alice&username=al&password=pw&broker=$scheme%3A%2F%2Flocalhost%3A$port$more")

  private val account = pairing().account("phone")
  private val broker = Broker(pairing(), account)
  private val reply = account.reply(Request("per_1", "n0nce"), "once", Vectors.replyKey)

  @Test
  fun `says one thing and goes`() {
    assertTrue(broker.publish(account.seen("evt_1")))
    assertEquals("CONNECT al pw, will nudge/alice/presence/phone background", fake.next())
    assertEquals("nudge/alice/ack evt_1", fake.next())
    assertEquals("CLOSED", fake.next())
  }

  @Test
  fun `stays while somebody looks`() {
    assertTrue(broker.publish(account.foreground(90)))
    assertTrue(broker.publish(account.seen("evt_1")))
    assertTrue(broker.publish(account.background()))
    val heard = List(5) { fake.next() }
    assertTrue(heard[0].startsWith("CONNECT"))
    assertEquals(listOf("nudge/alice/ack evt_1", "nudge/alice/presence/phone background", "CLOSED"), heard.drop(2))
  }

  @Test
  fun `a broker that is not there has nothing`() {
    fake.close()
    assertFalse(broker.publish(reply))
    assertNull(broker.vapidKey())
  }

  @Test
  fun `a broker that says nothing has nothing, and gets nothing later`() {
    fake.isSilent = true
    val answer = CompletableFuture<Boolean>()
    val asking = thread { answer.complete(broker.publish(reply)) }
    assertEquals("CONNECT", fake.next().substringBefore(' '))
    asking.interrupt()
    assertFalse(answer.get(60, TimeUnit.SECONDS))
    assertEquals("CLOSED", fake.next())
  }

  @Test
  fun `an answer that an agent refuses is not answered`() {
    fun receipt(request: String, state: String) =
      "nudge/alice/receipt" to """{"request":"$request","state":"$state"}"""
    for ((given, isAnswered) in listOf(
      receipt("per_1", "refused") to false,
      receipt("per_1", "answered") to true,
      receipt("per_2", "refused") to true,
    )) {
      if ("per_2" in given.second) Broker.wordMs = 200
      fake.receipt = given
      assertEquals(isAnswered, broker.publish(reply), "$given")
    }
  }

  @Test
  fun `knows the key of the bridge's Web Push`() {
    fake.retained["nudge/bridge/+/info"] = "nudge/bridge/nudge/info" to """{"vapid_public_key":"BPk"}"""
    assertEquals("BPk", broker.vapidKey())
  }

  @Test
  fun `goes to the address of the pairing text`() {
    fun address(text: String) = Broker.address(Pairing.of("nudge:pair?user=alice&$text"))
    assertEquals("tcp://pi.lan", address("broker=mqtt%3A%2F%2Fpi.lan%2F"))
    assertEquals("ssl://pi.lan:8883", address("broker=mqtts%3A%2F%2Fpi.lan%3A8883&ws=wss%3A%2F%2Fpi.lan"))
    assertEquals("wss://pi.lan:9001/mqtt", address("ws=wss%3A%2F%2Fpi.lan%3A9001%2Fmqtt"))
  }

  /** A certificate of its own making, in a store that the JDK's tool made. */
  private fun storeFor(name: String): KeyStore {
    val file = File(folder.root, "$name.p12")
    val keytool = File(System.getProperty("java.home"), "bin/keytool").path
    val made = ProcessBuilder(
      keytool, "-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=$name", "-ext", "san=dns:$name",
      "-ext", "bc:c", "-storetype", "PKCS12", "-keystore", file.path, "-storepass", "secret", "-validity", "30",
    ).redirectErrorStream(true).start()
    val said = made.inputStream.bufferedReader().readText()
    assertEquals(0, made.waitFor(), said)
    return KeyStore.getInstance("PKCS12").apply { file.inputStream().use { load(it, "secret".toCharArray()) } }
  }

  private fun publishTo(store: KeyStore, ca: String?): Boolean {
    val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm())
    keys.init(store, "secret".toCharArray())
    val tls = SSLContext.getInstance("TLS").apply { init(keys.keyManagers, null, null) }
    FakeBroker(tls.serverSocketFactory).use { secure ->
      val pairing = pairing(secure.port, "mqtts", ca?.let { "&ca=$it" }.orEmpty())
      return Broker(pairing, account).publish(account.seen("evt_1"))
    }
  }

  @Test
  fun `trusts the authority of the pairing text, and no other`() {
    val store = storeFor("localhost")
    val digest = MessageDigest.getInstance("SHA-256").digest(store.getCertificate("a").encoded)
    val ca = digest.joinToString("") { "%02x".format(it) }
    assertTrue(publishTo(store, ca))
    assertTrue(publishTo(store, ca.uppercase()))
    assertFalse(publishTo(store, null))
    assertFalse(publishTo(store, ca.reversed()))
  }

  @Test
  fun `trusts it for no other name`() {
    val store = storeFor("elsewhere.lan")
    val digest = MessageDigest.getInstance("SHA-256").digest(store.getCertificate("a").encoded)
    assertFalse(publishTo(store, digest.joinToString("") { "%02x".format(it) }))
  }

  @Test
  fun `what is said is what the account says`() {
    assertTrue(broker.publish(Publication("nudge/alice/device/phone", "{}", isRetained = true)))
    assertEquals("nudge/alice/device/phone {}", List(2) { fake.next() }[1])
  }
}
